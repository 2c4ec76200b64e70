import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startGateway } from './gateway.ts';

await runMain(startGateway, () => readConfig(process.env, process.argv.slice(2)));
