import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startOrdering } from './service.ts';

await runMain(startOrdering, () => readConfig(process.env));
