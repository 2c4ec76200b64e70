import { outcomes } from '../domain/outcomes.ts';
import { partitions } from '../domain/partition.ts';
import type { Business } from './business.ts';
import { type Columns, rowField, rowInts } from './columns.ts';

/** The kept records of one partition and month: a stretch of the batch's `rows`. */
export interface Stretch {
  partition: number;
  month: number;
  from: number;
  to: number;
}

/**
 * Puts the kept records into the order of their blocks: by month, partition and account, those of an account as they came. Counting, not
 * comparing: how many records each line has says where each record goes; only the lines that have any are sorted.
 */
export function orderBlocks(columns: Columns, business: Business): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const month of monthsOf(columns)) from = orderMonth(columns, business, month, from, stretches);
  return stretches;
}

function monthsOf(columns: Columns): number[] {
  const { count, outcome, month } = columns;
  const months = new Set<number>();
  let last = -1;
  for (let index = 0; index < count; index++) {
    if (outcome[index] !== outcomes.rated || month[index] === last) continue;
    last = month[index] ?? 0;
    months.add(last);
  }
  return [...months].sort((a, b) => a - b);
}

function orderMonth(columns: Columns, business: Business, month: number, start: number, stretches: Stretch[]): number {
  business.roomForLines();
  const { counts, starts, lines } = business;
  const { count, outcome, line } = columns;
  const touched: number[][] = Array.from({ length: partitions }, () => []);
  for (let index = 0; index < count; index++) {
    if (outcome[index] !== outcomes.rated || columns.month[index] !== month) continue;
    const each = line[index] ?? 0;
    const before = counts[each] ?? 0;
    if (before === 0) touched[columns.partition[index] ?? 0]?.push(lines.accountOf(each));
    counts[each] = before + 1;
  }
  let at = start;
  for (const [partition, accounts] of touched.entries()) {
    if (accounts.length === 0) continue;
    const from = at;
    for (const account of Int32Array.from(accounts).sort()) {
      const each = lines.lineOfAccount(account);
      starts[each] = at;
      at += counts[each] ?? 0;
      counts[each] = 0;
    }
    stretches.push({ partition, month, from, to: at });
  }
  for (let index = 0; index < count; index++) {
    if (outcome[index] !== outcomes.rated || columns.month[index] !== month) continue;
    const each = line[index] ?? 0;
    const place = starts[each] ?? 0;
    starts[each] = place + 1;
    writeRow(columns, place, index, lines.accountOf(each));
  }
  return at;
}

function writeRow(columns: Columns, place: number, index: number, account: number): void {
  const { rows, rowDoubles } = columns;
  const doubles = place * (rowInts / 2);
  rowDoubles[doubles] = columns.time[index] ?? 0;
  rowDoubles[doubles + 1] = columns.up[index] ?? 0;
  rowDoubles[doubles + 2] = columns.down[index] ?? 0;
  const row = place * rowInts;
  rows[row + rowField.idFrom] = columns.idFrom[index] ?? 0;
  rows[row + rowField.idTo] = columns.idTo[index] ?? 0;
  rows[row + rowField.account] = account;
  rows[row + rowField.lo] = columns.lo[index] ?? 0;
  rows[row + rowField.hi] = columns.hi[index] ?? 0;
  rows[row + rowField.flags] = columns.flags[index] ?? 0;
  rows[row + rowField.fileLine] = columns.fileLine[index] ?? 0;
  rows[row + rowField.part] = columns.part[index] ?? 0;
  rows[row + rowField.index] = index;
}
