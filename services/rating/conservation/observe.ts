import type { Sql } from '#shared/database/database';
import { observeTogether } from '#shared/telemetry/gauges';
import { countFaults } from './store/faults.ts';

/**
 * `jangbu.usage.faults`: what did not add up when it was looked at last, as the database has it. Whichever process looked, all say the same, and
 * none goes on with what another has seen mended.
 */
export function observeFaults(sql: Sql): void {
  observeTogether(
    { 'jangbu.usage.faults': { description: 'Sums over usage that did not add up when they were looked at last' } },
    async () => ({
      'jangbu.usage.faults': (await countFaults(sql)).map(({ business, faults }) => ({
        value: faults,
        attributes: { 'jangbu.business': business },
      })),
    }),
  );
}
