import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { pino } from 'pino';
import { AdjustMonthRequestSchema, AdjustMonthResponseSchema } from '#proto/billing/v1/adjustment_service';
import { InvoiceExplanationSchema } from '#proto/billing/v1/explanation';
import { ExplainInvoiceRequestSchema } from '#proto/billing/v1/invoice_service';
import type { LineMonthSchema } from '#proto/common/v1/line_month';
import {
  CustomerChangedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  OfferingChangedSchema,
} from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import {
  type MovedPlanSchema,
  PeriodClosedSchema,
  TariffChangedSchema,
  UsageMovedSchema,
} from '#proto/rating/v1/events';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import type { Handler } from '#shared/inbox/consumer';
import { freshDatabase } from '#test/harness/database';
import { announceInvoices } from '../billRun/announceInvoices.ts';
import type { BillRunOptions } from '../billRun/billRunOptions.ts';
import { stepBillRun } from '../billRun/stepBillRun.ts';
import { changeOffering } from '../consumers/changeOffering.ts';
import { onCustomerChanged, onOfferingChanged, onTariffChanged } from '../consumers/copies.ts';
import { knownTariffs } from '../consumers/knownTariffs.ts';
import { onLineChangeAbandoned } from '../consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from '../consumers/lineChangeRequested.ts';
import { onLineUpdated } from '../consumers/lineUpdated.ts';
import { openChargeAccount } from '../consumers/openChargeAccount.ts';
import { onPeriodClosed } from '../consumers/periodClosed.ts';
import { onUsageMoved } from '../consumers/usageMoved.ts';
import { adjustMonth } from '../rpc/adjustMonth.ts';
import { explainInvoice } from '../rpc/explainInvoice.ts';
import { listInvoices, readInvoiceHead } from '../store/readInvoices.ts';

const timeZone = 'Asia/Seoul';

/** A billing database of its own in which integration tests let a month pass, event by event. */
export class Month implements AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly clock = { now: () => new Date('2026-11-30T15:00:05Z') };
  readonly #stack = new AsyncDisposableStack();
  readonly #handlers: Handler[];
  #batches = 0;

  private constructor(url: string) {
    this.url = url;
    this.database = new Database(url);
    const tariffs = knownTariffs(100);
    this.#handlers = [
      onTariffChanged,
      onOfferingChanged,
      onCustomerChanged,
      onLineChangeRequested({
        open: openChargeAccount({ clock: this.clock, timeZone, tariffs }),
        changeOffering: changeOffering(tariffs, timeZone),
      }),
      onLineChangeAbandoned,
      onLineUpdated,
      onUsageMoved(this.clock),
      onPeriodClosed(this.clock),
    ];
  }

  /** With the tariff and offering `basic` (9,900 won, 100 MiB free, 20.5 won a MiB, 10 % tax) and the customer `farm`. */
  static async begin(): Promise<Month> {
    const fresh = await freshDatabase('billing');
    const month = new Month(fresh.url);
    month.#stack.use(fresh);
    month.#stack.use(month.database);
    const shared = (name: string) => new URL(`../../shared/${name}/migrations`, import.meta.url);
    await migrate(month.database, [
      { name: 'shared/outbox', folder: shared('outbox') },
      { name: 'shared/rpc', folder: shared('rpc') },
      { name: 'billing', folder: new URL('../migrations', import.meta.url) },
    ]);
    await month.handle(TariffChangedSchema, { tariff: basicTariff('basic', 'KRW') });
    await month.handle(OfferingChangedSchema, {
      offering: { id: 'basic', business: 'iot', displayName: 'Basic', tariffId: 'basic' },
    });
    await month.handle(CustomerChangedSchema, {
      customer: { id: 'farm', displayName: '홍길동 농장', email: 'farm@example.com', address: 'Naju 1' },
    });
    return month;
  }

  /** Handles an event the way the inbox does: in a transaction. */
  async handle<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Promise<void> {
    const handler = this.#handlers.find((candidate) => candidate.schema === schema);
    if (!handler) throw new Error(`no handler for ${schema.typeName}`);
    const envelope = {
      id: 'e',
      type: schema.typeName,
      time: this.clock.now(),
      subject: 's',
      source: 'test',
      sequence: 0n,
    };
    const message = create(schema, init);
    const event = handler.decode ? handler.decode(toBinary(schema, message)) : message;
    await this.database.transaction((tx) => handler.handle(event, tx, envelope));
  }

  async change(
    lineId: string,
    action: OrderAction,
    time: string,
    more: { accountId?: string; tariffId?: string; offeringId?: string; customerId?: string; email?: string } = {},
  ) {
    const { accountId = '', tariffId = 'basic', offeringId = '', customerId = 'farm', email = '' } = more;
    await this.handle(LineChangeRequestedSchema, {
      orderId: `${lineId}-${action}${offeringId}`,
      offeringId,
      action,
      line: {
        id: lineId,
        customerId,
        offeringId: 'basic',
        serviceNumber: `010${lineId}`,
        business: 'iot',
        accountId,
        email,
      },
      effectiveTime: timestampFromDate(new Date(time)),
      tariffId,
    });
  }

  async activate(
    lineId: string,
    more: { time?: string; accountId?: string; tariffId?: string; customerId?: string; email?: string } = {},
  ): Promise<void> {
    await this.change(lineId, OrderAction.ACTIVATE, more.time ?? '2026-10-01T00:00:00+09:00', more);
  }

  async abandon(lineId: string, action: OrderAction, offeringId = ''): Promise<void> {
    await this.handle(LineChangeAbandonedSchema, {
      orderId: `${lineId}-${action}${offeringId}`,
      lineId,
      action,
      reason: 'SAGA_TIMED_OUT',
    });
  }

  /** Closes a month with so many bytes by line, or with what the lines say themselves. */
  async close(lines: Record<string, bigint | LineInit>, period = '2026-11'): Promise<void> {
    const head = { periodId: `iot-${period}`, business: 'iot', period };
    const moved = Object.entries(lines).map(([lineId, line]) => lineMonth(lineId, line));
    if (moved.length > 0) await this.handle(UsageMovedSchema, { ...head, lines: moved });
    await this.handle(PeriodClosedSchema, { ...head, lines: BigInt(moved.length) });
  }

  /**
   * Hands lines of customers over as rating does, so many in a batch; further batches follow those handed over before. Without a plan a line is priced by what
   * billing knows of it.
   */
  async handOver(
    lines: readonly MovedLineInit[],
    { period = '2026-11', perBatch = lines.length }: { period?: string; perBatch?: number } = {},
  ): Promise<void> {
    const sorted = lines.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    for (let from = 0; from < sorted.length; from += perBatch) {
      const part = sorted.slice(from, from + perBatch);
      this.#batches += 1;
      await this.handle(UsageMovedSchema, {
        ...{ periodId: `iot-${period}`, business: 'iot', period, batch: this.#batches },
        plans: part.flatMap(({ plan }) => plan ?? []),
        lines: part.map(({ lineId, customerId, bytes, records = 1n, activeDays = 30, plan }, index) => ({
          ...{ lineId, records, activeDays },
          customerId: index > 0 && part[index - 1]?.customerId === customerId ? '' : customerId,
          totals: [{ metric: 'bytes', quantity: String(bytes) }],
          plan: plan ? part.slice(0, index + 1).filter((each) => each.plan).length : 0,
        })),
      });
    }
  }

  /** Ends a hand-over of so many lines. */
  async endHandOver(lines: number, period = '2026-11'): Promise<void> {
    this.#batches = 0;
    const head = { periodId: `iot-${period}`, business: 'iot', period };
    await this.handle(PeriodClosedSchema, { ...head, lines: BigInt(lines) });
  }

  /** Runs a month's bill run to its end. */
  async invoice(period = '2026-11', more: Partial<BillRunOptions> = {}): Promise<void> {
    const options = this.freshProcess(more);
    while ((await stepBillRun(options, `iot-${period}`)) === 'progressed');
    await this.announce();
  }

  /** Tells of all invoices that are issued. */
  async announce(): Promise<void> {
    while ((await announceInvoices(this.database)) === 'more');
  }

  /** Has rating tell again what the lines used. */
  async adjust(lines: Record<string, bigint | LineInit>, more: { period?: string; dryRun?: boolean } = {}) {
    const { period = '2026-11', dryRun = false } = more;
    const request = create(AdjustMonthRequestSchema, {
      ...{ business: 'iot', period, dryRun },
      lines: Object.entries(lines).map(([lineId, line]) => lineMonth(lineId, line)),
    });
    const { database, clock } = this;
    return create(AdjustMonthResponseSchema, await adjustMonth({ database, clock, timeZone }, request)).differences;
  }

  /** Explains an invoice; usage records come from `records`. */
  async explain(
    invoiceId: string,
    more: { lineId?: string; pageSize?: number; pageToken?: string } = {},
    records: (request: Record<string, unknown>) => unknown = () => ({ usageRecords: [], nextPageToken: '' }),
  ) {
    const { lineId = '', pageSize = 0, pageToken = '' } = more;
    const head = await readInvoiceHead(this.database, invoiceId);
    if (!head) throw new Error(`no invoice ${invoiceId}`);
    const clients = { for: () => ({ listUsageRecords: async (request: never) => records(request) }) as never };
    const request = create(ExplainInvoiceRequestSchema, { invoice: invoiceId, lineId, pageSize, pageToken });
    const explaining = { sql: this.database, clients, timeZone };
    return create(InvoiceExplanationSchema, await explainInvoice(explaining, head, request, {} as never));
  }

  /** The business's invoices by number. */
  async invoices() {
    const filter = { customerId: '', period: '', business: 'iot', after: undefined, limit: 1_000 };
    return (await listInvoices(this.database, filter)).invoices;
  }

  /** What a process that has just started would run the bill run with. */
  freshProcess(more: Partial<BillRunOptions> = {}): BillRunOptions {
    const database = this.#stack.use(new Database(this.url));
    const log = pino({ level: 'silent' });
    return { database, clock: this.clock, log, timeZone, batchLines: 2_000, patienceMs: 30_000, ...more };
  }

  /** Events of a type, decoded, in the order in which they were emitted. */
  async events<T>(type: string, decode: (body: Uint8Array) => T): Promise<T[]> {
    const { rows } = await this.database.query('select body from outbox where type like $1 order by position', [
      `%.${type}`,
    ]);
    return rows.map(({ body }) => decode(body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** A line as it is handed over. */
export interface MovedLineInit {
  lineId: string;
  customerId: string;
  bytes: bigint;
  records?: bigint;
  activeDays?: number;
  plan?: MessageInitShape<typeof MovedPlanSchema>;
}

function keyOf({ customerId, lineId }: MovedLineInit): string {
  return `${customerId}\0${lineId}`;
}

type LineInit = Omit<MessageInitShape<typeof LineMonthSchema>, '$typeName' | 'lineId'>;

function lineMonth(lineId: string, line: bigint | LineInit): LineInit & { lineId: string } {
  if (typeof line !== 'bigint') return { lineId, records: 1n, ...line };
  return { lineId, totals: [{ metric: 'bytes', quantity: String(line) }], records: 1n };
}

export function basicTariff(id: string, currency: string) {
  return {
    id,
    displayName: id,
    currency,
    taxRate: '0.1',
    versions: [
      {
        components: [
          { name: 'Monthly fee', model: { case: 'recurring', value: { amount: '9900' } } },
          {
            name: 'Data',
            metric: 'bytes',
            unit: '1048576',
            allowance: '104857600',
            model: { case: 'perUnit', value: { unitPrice: '20.5' } },
          },
        ],
      },
    ],
  } satisfies MessageInitShape<typeof TariffChangedSchema>['tariff'];
}
