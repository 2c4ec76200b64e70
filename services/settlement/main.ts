import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startSettlement } from './service.ts';

await runMain(startSettlement, () => readConfig(process.env));
