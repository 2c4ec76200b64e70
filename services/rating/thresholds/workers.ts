import type { Database, Transaction } from '#shared/database/database';
import type { Logger } from '#shared/telemetry/log';
import { type Worker, worker } from '#shared/worker/worker';
import { takeChangedTotals } from '../usage/store/changedTotals.ts';
import { tellAllowances } from './allowances.ts';
import { tellFoldedSpending, tellSpending } from './spending.ts';
import { takeCandidates } from './store/candidates.ts';
import { openMonths } from './store/months.ts';

export interface ThresholdOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  log: Logger;
}

/** Notes of some thousand accounts each that one transaction looks at. */
const notesAtOnce = 16;
/** Lines whose records one pass adds up. */
const linesPerFold = 20_000;

/** Looks at the lines whose totals have changed. What is reached is told in the transaction that writes it down, and so once. */
export function thresholdWorkers(options: ThresholdOptions): Worker[] {
  const { database } = options;
  return [
    worker({
      name: 'usage-thresholds',
      // Notes of the same lines gather meanwhile, and cost one look.
      everyMs: 3_000,
      run: () => database.transaction((tx) => lookAtTotals(tx, options)),
    }),
    worker({
      name: 'spending-by-records',
      everyMs: 10_000,
      run: () => database.transaction((tx) => lookAtRecords(tx, options)),
    }),
  ];
}

export async function lookAtTotals(
  tx: Transaction,
  { clock, timeZone, log }: ThresholdOptions,
): Promise<'more' | 'idle'> {
  const changes = await takeChangedTotals(tx, notesAtOnce);
  if (changes.length === 0) return 'idle';
  const present = { now: clock.now(), timeZone, log };
  const byPeriod = new Map(changes.map((change) => [change.periodNo, change]));
  for (const month of await openMonths(tx, [...byPeriod.keys()])) {
    const change = byPeriod.get(month.periodNo);
    if (!change) continue;
    await tellAllowances(tx, month, change, present);
    await tellSpending(tx, month, change, present);
  }
  return 'more';
}

export async function lookAtRecords(
  tx: Transaction,
  { clock, timeZone, log }: ThresholdOptions,
): Promise<'more' | 'idle'> {
  const taken = await takeCandidates(tx, linesPerFold);
  if (!taken) return 'idle';
  const [month] = await openMonths(tx, [taken.periodNo]);
  if (month) await tellFoldedSpending(tx, month, taken, { now: clock.now(), timeZone, log });
  return 'more';
}
