import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { PeriodClosedSchema } from '#proto/rating/v1/events';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';
import { onBillRunCompleted } from './consumers/billRunCompleted.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';

export const settleTime = new Date('2026-12-01T00:10:00Z');
const settling = { departmentEmails: new Map([['iot', 'iot-dept@jangbu.example']]), now: () => settleTime };
const handlers = {
  invoice: onInvoiceIssued(settling),
  billRun: onBillRunCompleted(settling),
  period: onPeriodClosed(settling),
};

/** An event as a test sends it. */
export interface Sent {
  kind: keyof typeof handlers;
  event: Parameters<(typeof handlers)[keyof typeof handlers]['handle']>[0];
}

const won = (amount: bigint) => ({ currency: 'KRW', amount: String(amount) });

/** An invoice with the given entries by line, and those that adjust the month before; tax is a tenth. */
export function invoice(
  customerId: string,
  entries: [offeringId: string, usageBytes: bigint, charges: bigint][],
  period = '2026-11',
  adjustments: [offeringId: string, usageBytes: bigint, charges: bigint][] = [],
): Sent {
  const subtotal = [...entries, ...adjustments].reduce((sum, [, , charges]) => sum + charges, 0n);
  const tax = subtotal / 10n;
  const event = create(InvoiceIssuedSchema, {
    invoice: {
      id: `invoice-of-${customerId}`,
      business: 'iot',
      period,
      customerId,
      subtotal: won(subtotal),
      tax: won(tax),
      total: won(subtotal + tax),
    },
    invoicedLines: entries.map(([offeringId, usageBytes, charges], index) => ({
      lineId: `${customerId}-${index}`,
      offeringId,
      usageBytes,
      charges: won(charges),
    })),
    adjustments: adjustments.map(([offeringId, usageBytes, charges], index) => ({
      lineId: `${customerId}-${index}`,
      offeringId,
      period: '2026-10',
      usageBytes,
      charges: won(charges),
    })),
  });
  return { kind: 'invoice', event };
}

export function periodClosed(init: MessageInitShape<typeof PeriodClosedSchema>): Sent {
  return { kind: 'period', event: create(PeriodClosedSchema, { business: 'iot', period: '2026-11', ...init }) };
}

export function billRunCompleted(invoices: bigint, lines: bigint, usageBytes: bigint, subtotal: bigint): Sent {
  const tax = subtotal / 10n;
  const event = create(BillRunCompletedSchema, {
    business: 'iot',
    period: '2026-11',
    invoices,
    lines,
    usageBytes,
    totals: invoices === 0n ? [] : [{ subtotal: won(subtotal), tax: won(tax), total: won(subtotal + tax) }],
  });
  return { kind: 'billRun', event };
}

/** Settlement's consumers on a database of their own. */
export class Bench implements AsyncDisposable {
  readonly database: Database;
  readonly #fresh: FreshDatabase;
  #events = 0;

  private constructor(fresh: FreshDatabase) {
    this.#fresh = fresh;
    this.database = new Database(fresh.url);
  }

  static async open(): Promise<Bench> {
    const bench = new Bench(await freshDatabase('settlement'));
    await migrate(bench.database, [
      { name: 'shared/outbox', folder: new URL('../shared/outbox/migrations', import.meta.url) },
      { name: 'settlement', folder: new URL('./migrations/', import.meta.url) },
    ]);
    return bench;
  }

  /** Handles events one after the other, each in its own transaction. */
  async handle(...sent: Sent[]): Promise<void> {
    for (const { kind, event } of sent) {
      const envelope = {
        id: `event-${++this.#events}`,
        type: '',
        time: settleTime,
        subject: '',
        source: '',
        sequence: 0n,
      };
      await this.database.transaction((tx) => handlers[kind].handle(event, tx, envelope));
    }
  }

  /** Bodies of the SettlementCompleted events in the outbox, oldest first. */
  async emitted(): Promise<Uint8Array[]> {
    const { rows } = await this.database.query<{ body: Buffer }>('select body from outbox order by position');
    return rows.map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
    await this.#fresh[Symbol.asyncDispose]();
  }
}
