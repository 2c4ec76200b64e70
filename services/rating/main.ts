import { runMain } from '#shared/runtime/main';
import { readConfig } from './config.ts';
import { startRating } from './service.ts';

await runMain(startRating, readConfig);
