import type { Database } from '#shared/database/database';
import { atOneInstant } from '../../store/snapshot.ts';
import { TariffShelf } from '../../tariffs/tariffShelf.ts';
import type { LineMonth } from '../domain/lineMonth.ts';
import type { MonthPlan } from '../domain/monthPlan.ts';
import { closedOrActiveLines, type MonthKey } from '../store/monthLines.ts';
import { foldLines, planOf, tariffIdsOf } from './foldLines.ts';
import { linesPerFold } from './openMonth.ts';

/**
 * The lines' months by all that is known now, late and corrected usage and tariff versions added since included: every one of them from
 * the records. In the order of the line ids, some thousand at a time, each chunk at one instant.
 */
export async function* knownLineMonths(
  database: Database,
  key: MonthKey,
  month: MonthPlan,
  choice: { after: string; lineIds: readonly string[] | undefined },
): AsyncGenerator<LineMonth[]> {
  for (let { after } = choice; ; ) {
    const lines = await atOneInstant(database, async (tx) => {
      const rows = await closedOrActiveLines(tx, key, { ...choice, after, limit: linesPerFold });
      const shelf = new TariffShelf();
      await shelf.fetch(tx, tariffIdsOf(rows));
      const planned = rows.map((line) => ({ line, plan: planOf(line, shelf, month) }));
      return foldLines(tx, key.businessNo, planned, month, true);
    });
    if (lines.length > 0) yield lines;
    if (lines.length < linesPerFold) return;
    after = lines.at(-1)?.lineId ?? after;
  }
}
