import type { Transaction } from '#shared/database/database';
import { isBilled, type PeriodRow, periodNoOf, readPeriod } from '../periods/store/periods.ts';
import { filesOfMonth } from '../usage/store/fileRecords.ts';
import type { TotalColumns } from '../usage/store/totalColumns.ts';
import { type FileSums, fileFaults, type MonthSums, monthFaults, type UsageFault } from './domain/compare.ts';
import { recordSums } from './recordSums.ts';
import { correctingRecords, keptCorrections } from './store/corrections.ts';
import { fileSums, lockedTotals } from './store/sums.ts';

export interface Examined {
  sums: MonthSums;
  files: FileSums[];
  faults: UsageFault[];
  /** Undefined while the month has no row. */
  period: PeriodRow | undefined;
}

/**
 * Adds up a month from the records to the invoices, and every file that brought records of it. `tx` sees one instant, so nothing
 * that is under way is taken for lost. Of a locked month the lines' totals may be given: they do not change any more.
 */
export async function examine(
  tx: Transaction,
  of: { businessNo: number; month: string; timeZone: string },
  totals?: AsyncIterable<TotalColumns>,
): Promise<Examined> {
  const periodNo = await periodNoOf(tx, of.businessNo, of.month);
  const period = periodNo === undefined ? undefined : await readPeriod(tx, periodNo);
  const sums: MonthSums = {
    ...(await recordSums(tx, { ...of, periodNo }, totals)),
    corrections: { correcting: await correctingRecords(tx, of), kept: await keptCorrections(tx, of) },
    locked: period?.state === 'CLOSED' ? await lockedTotals(tx, period.no) : undefined,
    moved: period?.state === 'CLOSED' ? BigInt(period.moved_bytes) : undefined,
    invoiced: period && isBilled(period) && period.invoiced_bytes !== null ? BigInt(period.invoiced_bytes) : undefined,
  };
  const files = await fileSums(tx, await filesOfMonth(tx, of));
  return { sums, files, period, faults: [...monthFaults(sums), ...files.flatMap(fileFaults)] };
}
