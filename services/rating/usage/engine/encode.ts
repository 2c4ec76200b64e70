import { type Months, monthName, monthNumber } from '../domain/months.ts';
import { ExactSum, MonthTotals } from '../domain/monthTotals.ts';
import { corrections, flags, outcomeMask, outcomes, rejectedFrom, rejectionReasons } from '../domain/outcomes.ts';
import { orderBlocks, type Stretch } from './blockOrder.ts';
import type { Business } from './business.ts';
import { type Batch, rowField, rowInts } from './columns.ts';
import { type Judge, mostReported } from './judge.ts';
import type { CorrectionRow, Encoded, PartResult, TotalsText } from './protocol.ts';
import { recordText } from './readReport.ts';
import type { Correction } from './resolution.ts';
import type { Match } from './suspects.ts';
import { blockRoom, writeBlocks } from './writeBlocks.ts';

export interface Encoding {
  judge: Judge;
  business: Business;
  months: Months;
  corrections: Correction[];
  closed: ReadonlySet<string>;
  /** Where the blocks are written; a larger one if they need it. */
  output: (bytes: number) => SharedArrayBuffer;
}

/** Turns a batch in which everything is decided into what PostgreSQL gets. It may be done again for other closed months. */
export function encodeBatch(encoding: Encoding): Encoded {
  return new Encoder(encoding).run();
}

class Encoder {
  readonly #encoding: Encoding;
  readonly #batch: Batch;
  /** Records that are late although their own month may be open: the record that they correct is in a closed one. */
  readonly #late = new Set<number>();
  readonly #closedMonths = new Set<number>();
  readonly #parts: PartResult[];

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
    this.#batch = encoding.judge.batch;
    this.#parts = this.#batch.parts.map(({ fileNo }, index) =>
      emptyResult(fileNo, this.#batch.nextLine[index] ?? 1, this.#batch.malformed[index] ?? 0),
    );
  }

  run(): Encoded {
    const { business, months, corrections: made, closed } = this.#encoding;
    const { columns } = this.#batch;
    const stretches = orderBlocks(columns, business);
    const byMonth = new Set(stretches.map(({ month }) => month));
    for (const month of byMonth) if (closed.has(months.at(month).month)) this.#closedMonths.add(month);
    for (const { by, kind, target } of made)
      if (kind !== corrections.confirm && closed.has(this.#monthOf(target))) this.#late.add(by);

    const kept = stretches.at(-1)?.to ?? 0;
    const idBytes = this.#count();
    const output = this.#encoding.output(blockRoom(kept, idBytes, stretches.length));
    const length =
      kept === 0
        ? 0
        : writeBlocks(new Uint8Array(output), {
            batch: this.#batch,
            stretches,
            outcomeOf: this.#isAllRated() ? () => outcomes.rated : (index) => this.#outcomeOf(index),
            monthNumber: (month) => monthNumber(months.at(month).month),
          });
    const totals = this.#totals(stretches);
    const rows = made.map((each) => this.#correction(each, totals));
    const partitions = new Set([...stretches, ...rows].map(({ partition }) => partition));
    return {
      kind: 'encoded',
      length,
      output,
      rejections: this.#rejections(),
      partitions: [...partitions].sort((a, b) => a - b),
      months: [
        ...new Set([
          ...[...byMonth].map((month) => months.at(month).month),
          ...made.map(({ target }) => this.#monthOf(target)),
        ]),
      ],
      totals: [...totals].map(([month, sums]) => totalsText(month, sums)).filter(({ accounts }) => accounts !== '{}'),
      corrections: rows,
      parts: this.#parts,
      rest: this.#batch.rest,
    };
  }

  #outcomeOf(index: number): number {
    if (this.#late.has(index) || this.#closedMonths.has(this.#batch.columns.month[index] ?? 0)) return outcomes.late;
    return outcomes.rated;
  }

  #monthOf(target: Match | number): string {
    if (typeof target !== 'number') return monthName(target.month);
    return this.#encoding.months.at(this.#batch.columns.month[target] ?? 0).month;
  }

  /** Counts every record into its part; answers how many bytes the kept ids have. */
  #count(): number {
    const { columns } = this.#batch;
    const sums = this.#parts.map(() => new ExactSum());
    const some = !this.#isAllRated();
    let idBytes = 0;
    for (let index = 0; index < columns.count; index++) {
      const part = columns.part[index] ?? 0;
      const result = this.#parts[part];
      if (!result) continue;
      result.read++;
      const outcome = columns.outcome[index] ?? 0;
      if (outcome === outcomes.duplicate) result.duplicate++;
      else if (outcome >= rejectedFrom) result.rejected[rejectionReasons[outcome - rejectedFrom] ?? 'MALFORMED']++;
      else {
        idBytes += (columns.idTo[index] ?? 0) - (columns.idFrom[index] ?? 0);
        if (some && this.#outcomeOf(index) === outcomes.late) result.late++;
        else if (((columns.flags[index] ?? 0) & flags.cancel) !== 0) {
          result.rated++;
          result.cancels++;
        } else {
          result.rated++;
          sums[part]?.add(columns.up[index] ?? 0);
          sums[part]?.add(columns.down[index] ?? 0);
        }
      }
    }
    for (const [part, result] of this.#parts.entries()) result.ratedBytes = sums[part]?.value ?? 0n;
    return idBytes;
  }

  /** The totals of the rated records, by month; an account's records stand together. */
  #totals(stretches: Stretch[]): Map<string, MonthTotals> {
    const { months } = this.#encoding;
    const { rows, rowDoubles } = this.#batch.columns;
    const totals = new Map<string, MonthTotals>();
    for (const { month, from, to } of stretches) {
      const name = months.at(month).month;
      const sums = totals.get(name) ?? new MonthTotals();
      totals.set(name, sums);
      if (this.#closedMonths.has(month)) continue;
      for (let place = from; place < to; place++) {
        const row = place * rowInts;
        if (((rows[row + rowField.flags] ?? 0) & flags.cancel) !== 0) continue;
        if (this.#late.size > 0 && this.#late.has(rows[row + rowField.index] ?? 0)) continue;
        const account = rows[row + rowField.account] ?? 0;
        sums.add(account, rowDoubles[row / 2 + 1] ?? 0, 1);
        sums.add(account, rowDoubles[row / 2 + 2] ?? 0, 0);
      }
    }
    return totals;
  }

  #isAllRated(): boolean {
    return this.#late.size === 0 && this.#closedMonths.size === 0;
  }

  /** A correction's row; takes what it takes back out of the totals, if that is in one. */
  #correction({ by, kind, target, recordId }: Correction, totals: Map<string, MonthTotals>): CorrectionRow {
    const { closed } = this.#encoding;
    const { columns } = this.#batch;
    const month = this.#monthOf(target);
    const old = typeof target === 'number' ? this.#ownMatch(target) : target;
    const late = closed.has(month);
    const row = {
      partition: old.partition,
      batch: old.batch,
      month: old.month,
      place: old.place,
      kind,
      late,
      accountNo: old.account,
      recordId,
      byMonth: monthNumber(this.#encoding.months.at(columns.month[by] ?? 0).month),
      byPlace: columns.place[by] ?? 0,
      byId: this.#batch.idOf(by),
    };
    if (
      kind === corrections.confirm ||
      late ||
      (old.outcome & outcomeMask) !== outcomes.rated ||
      (old.outcome & flags.cancel) !== 0
    )
      return row;
    const sums = totals.get(month) ?? new MonthTotals();
    totals.set(month, sums);
    sums.add(old.account, -old.up, -1);
    sums.add(old.account, -old.down, 0);
    const part = this.#parts[columns.part[by] ?? 0];
    if (part) {
      part.corrected++;
      part.correctedBytes += BigInt(old.up) + BigInt(old.down);
    }
    return row;
  }

  #ownMatch(index: number): Match {
    const { columns } = this.#batch;
    return {
      partition: columns.partition[index] ?? 0,
      batch: this.#batch.no,
      month: monthNumber(this.#encoding.months.at(columns.month[index] ?? 0).month),
      place: columns.place[index] ?? 0,
      account: this.#encoding.business.lines.accountOf(columns.line[index] ?? 0),
      outcome: this.#outcomeOf(index) | (columns.flags[index] ?? 0),
      time: columns.time[index] ?? 0,
      up: columns.up[index] ?? 0,
      down: columns.down[index] ?? 0,
      corrected: 0,
    };
  }

  #rejections(): Uint8Array | undefined {
    const batch = this.#batch;
    const { columns } = batch;
    for (const { part, ...rejection } of this.#encoding.judge.malformed) this.#parts[part]?.rejections.push(rejection);
    return batch.rejections.finish((rows) => {
      for (let index = 0; index < columns.count; index++) {
        const outcome = columns.outcome[index] ?? 0;
        if (outcome < rejectedFrom) continue;
        const part = batch.parts[columns.part[index] ?? 0];
        const { reason, detail } = this.#encoding.judge.detailOf(outcome);
        const line = columns.fileLine[index] ?? 0;
        const from = columns.textFrom[index] ?? 0;
        const to = columns.textTo[index] ?? 0;
        if (part?.format === 'report') {
          rows.addText(part.fileNo, line, reason, detail, recordText(batch.bytes, from, to));
          this.#report(index, reason, detail);
        } else rows.add(part?.fileNo ?? 0, line, reason, detail, from, to);
      }
    });
  }

  #report(index: number, reason: (typeof rejectionReasons)[number], detail: string): void {
    const { columns } = this.#batch;
    const rejections = this.#parts[columns.part[index] ?? 0]?.rejections;
    if (!rejections || rejections.length >= mostReported) return;
    rejections.push({ index: (columns.fileLine[index] ?? 1) - 1, id: this.#batch.idOf(index), reason, detail });
  }
}

function emptyResult(fileNo: number, nextLine: number, malformed: number): PartResult {
  return {
    fileNo,
    nextLine,
    read: malformed,
    rated: 0,
    duplicate: 0,
    late: 0,
    cancels: 0,
    corrected: 0,
    rejected: {
      MALFORMED: malformed,
      UNKNOWN_LINE: 0,
      APN_MISMATCH: 0,
      LINE_NOT_ACTIVE: 0,
      FUTURE: 0,
      UNKNOWN_RECORD: 0,
    },
    ratedBytes: 0n,
    correctedBytes: 0n,
    rejections: [],
  };
}

function totalsText(month: string, { accounts, bytes, records }: MonthTotals): TotalsText {
  return {
    month,
    accounts: `{${accounts.join(',')}}`,
    bytes: `{${bytes.join(',')}}`,
    records: `{${records.join(',')}}`,
  };
}
