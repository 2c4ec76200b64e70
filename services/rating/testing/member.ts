import { readConfig } from '../config.ts';
import { startRating } from '../service.ts';
import { clock } from './world.ts';

/** `node member.ts`: a rating process of its own, with the settings of its environment, that takes everybody for a service. For tests to kill. */
const caller = { subject: 'test', roles: new Set(['service', 'operator'] as const) };
const service = await startRating(readConfig(), { authenticate: async () => ({ caller }), clock });
process.once('SIGTERM', async () => {
  await service[Symbol.asyncDispose]();
  process.exit(0);
});
process.stdin.on('end', () => process.exit(1)).resume();
process.stdout.write('ready\n');
