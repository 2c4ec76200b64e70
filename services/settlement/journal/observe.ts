import type { Sql } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import { observeTogether } from '#shared/telemetry/gauges';
import { readDifference } from './store/difference.ts';

/** `jangbu.ledger.difference`, as settlement sees it: its own journal against itself and against billing's ledger. */
export function observeJournal(sql: Sql): void {
  observeTogether(
    {
      'jangbu.ledger.difference': {
        description: 'By how much the books disagree, in whole units of the currency',
      },
    },
    async () => ({
      'jangbu.ledger.difference': (await readDifference(sql)).map(({ currency, minor }) => ({
        value: Number(amountText({ currency, minor })),
        attributes: { currency },
      })),
    }),
  );
}
