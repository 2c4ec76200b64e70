import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startMypage } from './service.ts';

await runMain(startMypage, () => readConfig(process.env));
