import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startNotification } from './service.ts';

await runMain(startNotification, () => readConfig(process.env));
