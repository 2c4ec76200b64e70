import { readEnvironment } from '#shared/config/environment';
import { runMain } from '#shared/runtime/main';
import { readBillingConfig } from './config.ts';
import { startBilling } from './service.ts';

await runMain(startBilling, () => readEnvironment(process.env, readBillingConfig));
