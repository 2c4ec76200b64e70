import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PeriodClosedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import type { Database, Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { emit, emitEncoded } from '#shared/outbox/outbox';
import { dayStarts, monthBounds } from '#shared/time/month';
import { WireWriter } from '#shared/wire/wireWriter';
import type { MonthTable } from '../domain/monthTable.ts';
import { endClosing, offeringTotals } from '../store/closing.ts';
import { loadMonthTable } from '../store/loadMonthTable.ts';
import { insertMovedBatch } from '../store/movedBatches.ts';
import { portionsOf } from '../store/periodLines.ts';
import type { PeriodRow } from '../store/periods.ts';
import { LineQueue } from './lineQueue.ts';
import { type LineKey, type MovedBatch, writeBatch } from './movedBatch.ts';
import { nextPage } from './orderedLines.ts';

export interface HandOverOptions {
  database: Database;
  timeZone: string;
  linesPerBatch: number;
}

/**
 * The batches of a locked month, one after another from where it stands. While one is committed the next is made ready, which nothing prevents:
 * what it is made of does not change any more.
 */
export class HandOver {
  readonly periodNo: number;
  readonly #options: HandOverOptions;
  readonly #period: PeriodRow;
  #table: Promise<MonthTable> | undefined;
  readonly #lines = new LineQueue();
  readonly #out = new WireWriter(900_000);
  #after: LineKey | undefined;
  #made: number;
  /** The last line of the batch that `next` answered last. */
  #last: LineKey;
  #ahead: Promise<MovedBatch | undefined> | undefined;

  constructor(period: PeriodRow, options: HandOverOptions) {
    this.periodNo = period.no;
    this.#period = period;
    this.#options = options;
    this.#last = { customer: period.cursor_customer, line: period.cursor_line };
    this.#after = this.#last;
    this.#made = period.batches;
  }

  /**
   * Whether `next` goes on where the month stands. Not where another process has handed a batch over meanwhile: one of another version may have
   * cut it elsewhere, so its number alone says nothing.
   */
  follows({ no, batches, cursor_customer, cursor_line }: PeriodRow): boolean {
    const { customer, line } = this.#last;
    return this.periodNo === no && this.#made === batches && customer === cursor_customer && line === cursor_line;
  }

  /** Reads the month's lines, if that is not done yet. What is handed over of them does not depend on when that is. */
  load(): Promise<MonthTable> {
    this.#table ??= this.#read();
    // Its failure is told to whoever waits for it.
    this.#table.catch(() => {});
    return this.#table;
  }

  /** The next batch; undefined behind the last one. */
  async next(): Promise<MovedBatch | undefined> {
    const batch = await (this.#ahead ?? this.#make(this.#made + 1));
    this.#made += 1;
    this.#last = batch?.last ?? this.#last;
    this.#ahead = batch && this.#make(this.#made + 1);
    // Its failure is told to whoever asks for it.
    this.#ahead?.catch(() => {});
    return batch;
  }

  async #make(batch: number): Promise<MovedBatch | undefined> {
    const table = await this.load();
    return this.#options.database.transaction(async (tx) => {
      await this.#fill(tx, table);
      const most = this.#wholeCustomers();
      if (most === 0) return undefined;
      const { business, month } = this.#period;
      const folded = await this.#foldedOf(tx, table, most);
      const head = { ...names(this.#period), business, period: month, batch };
      const moved = writeBatch(this.#lines, most, folded, table, head, this.#out);
      this.#lines.take(moved.accounts.length);
      return moved;
    });
  }

  #read(): Promise<MonthTable> {
    const { month } = this.#period;
    const { database, timeZone } = this.#options;
    return loadMonthTable(database, this.#period, {
      ...monthBounds(month, timeZone),
      days: dayStarts(month, timeZone),
    });
  }

  /** Reads on until there is a line more than a batch holds, or there are no more. */
  async #fill(tx: Transaction, table: MonthTable): Promise<void> {
    while (this.#after && this.#lines.length <= this.#options.linesPerBatch) {
      const { page, last } = await nextPage(tx, this.#period.business_no, table, this.#after);
      this.#lines.push(page);
      this.#after = last;
    }
  }

  /** How many of the next lines a batch holds without the last customer where that would be cut; one with more lines than a batch is cut all the same. */
  #wholeCustomers(): number {
    const { linesPerBatch } = this.#options;
    if (this.#lines.length <= linesPerBatch) return this.#lines.length;
    for (let whole = linesPerBatch; whole > 0; whole--) {
      if (!this.#lines.isSameCustomer(whole - 1, linesPerBatch)) return whole;
    }
    return linesPerBatch;
  }

  #foldedOf(tx: Transaction, table: MonthTable, most: number) {
    const accounts: number[] = [];
    for (let place = 0; place < most; place++) {
      const account = this.#lines.accountAt(place);
      if (table.isFolded(account)) accounts.push(account);
    }
    return portionsOf(tx, this.#period.no, accounts);
  }
}

/** Hands a batch over: its event, and the cursor behind it. */
export async function moveBatch(tx: Transaction, period: PeriodRow, batch: MovedBatch): Promise<void> {
  const eventId = await emitEncoded(tx, UsageMovedSchema, names(period).periodId, batch.body);
  await insertMovedBatch(tx, period, { ...batch, eventId });
}

/** Ends the close behind the last batch. */
export async function finish(tx: Transaction, period: PeriodRow, now: Date): Promise<void> {
  const offerings = await offeringTotals(tx, period);
  await endClosing(tx, period, now);
  await emit(tx, PeriodClosedSchema, {
    ...names(period),
    business: period.business,
    period: period.month,
    lines: period.moved,
    usageBytes: int64(period.moved_bytes),
    offerings: offerings.map(({ offering_id, lines, bytes }) => ({
      offeringId: offering_id,
      lines,
      usageBytes: int64(bytes),
    })),
    closeTime: timestampFromDate(now),
  });
}

function names({ business, month }: PeriodRow) {
  return { periodId: `${business}-${month}` };
}
