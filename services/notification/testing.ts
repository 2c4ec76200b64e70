import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { CustomerChangedSchema, DriverChangedSchema, OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { OrderAction, OrderState } from '#proto/ordering/v1/order';
import { UsageDifferenceFoundSchema } from '#proto/rating/v1/events';
import { SettlementCompletedSchema } from '#proto/settlement/v1/events';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import type { Handler } from '#shared/inbox/consumer';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { orderingHandlers } from './consumers/ordering.ts';
import { onSettlementCompleted } from './consumers/settlementCompleted.ts';
import { onUsageDifferenceFound } from './consumers/usageDifferenceFound.ts';
import type { Post } from './delivery/deliver.ts';
import { deliveryWorker } from './delivery/worker.ts';
import type { Channel } from './domain/message.ts';
import { defaultPolicy } from './domain/retry.ts';
import { type MessageRow, messageColumns } from './store/mapping.ts';

/** A clock that a test moves on. */
export class TestClock {
  #now = new Date('2026-12-01T00:00:00Z').getTime();
  now = () => new Date(this.#now);
  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Notification's consumers and delivery on a database of their own. */
export class Bench implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly database: Database;
  readonly #fresh: FreshDatabase;
  readonly #handlers: Map<DescMessage, Handler>;

  private constructor(fresh: FreshDatabase) {
    this.#fresh = fresh;
    this.database = new Database(fresh.url);
    const { now } = this.clock;
    const handlers = [
      ...orderingHandlers(now, 'Asia/Seoul'),
      onInvoiceIssued(now),
      onSettlementCompleted(now),
      onUsageDifferenceFound(now),
    ];
    this.#handlers = new Map(handlers.map((handler) => [handler.schema, handler]));
  }

  static async open(): Promise<Bench> {
    const bench = new Bench(await freshDatabase('notification'));
    await migrate(bench.database, [
      { name: 'shared/outbox', folder: new URL('../shared/outbox/migrations', import.meta.url) },
      { name: 'notification', folder: new URL('./migrations/', import.meta.url) },
    ]);
    return bench;
  }

  /** Handles an event as the inbox does, in a transaction. */
  async handle<Desc extends DescMessage>(id: string, schema: Desc, init: MessageInitShape<Desc>): Promise<void> {
    const envelope = { id, type: schema.typeName, time: this.clock.now(), subject: '', source: '', sequence: 0n };
    await this.database.transaction(async (tx) => {
      const handler = this.#handlers.get(schema);
      if (!handler) throw new Error(`nobody handles ${schema.typeName}`);
      await handler.handle(create(schema, init), tx, envelope);
    });
  }

  customer(
    id: string,
    contact: { phone?: string; email?: string } = { phone: '010-1234', email: `${id}@example.com` },
  ) {
    return this.handle(`customer-${id}`, CustomerChangedSchema, { customer: { id, displayName: id, ...contact } });
  }

  driver(id: string, phone = '010-7777') {
    return this.handle(`driver-${id}`, DriverChangedSchema, { driver: { id, displayName: id, phone } });
  }

  order(eventId: string, customerId: string, state: OrderState = OrderState.COMPLETED) {
    return this.handle(eventId, OrderStateChangedSchema, {
      order: { id: 'order', customerId, action: OrderAction.ACTIVATE, state },
      subjectName: '01200000001',
    });
  }

  invoice(eventId: string, customerId: string, email = '') {
    const total = { currency: 'KRW', amount: '1100' };
    const invoice = {
      id: `invoice-${customerId}`,
      number: 'IOT-00000001',
      period: '2026-11',
      customerId,
      email,
      total,
    };
    return this.handle(eventId, InvoiceIssuedSchema, { invoice });
  }

  settlement(eventId: string, departmentEmail: string) {
    return this.handle(eventId, SettlementCompletedSchema, {
      settlementId: 'iot-2026-11',
      settlement: { business: 'iot', period: '2026-11' },
      departmentEmail,
    });
  }

  usageDifference(eventId: string, departmentEmail: string, fileId = '') {
    return this.handle(eventId, UsageDifferenceFoundSchema, {
      periodId: 'iot-2026-11',
      business: 'iot',
      period: '2026-11',
      fileId,
      check: 'rated = accumulated (bytes)',
      expected: '1234567',
      actual: '1234566',
      departmentEmail,
    });
  }

  async messages(): Promise<MessageRow[]> {
    const { rows } = await this.database.query<MessageRow>(`select ${messageColumns} from messages order by id`);
    return rows;
  }

  async emittedCount(): Promise<number> {
    const { rows } = await this.database.query<{ count: bigint }>('select count(*) from outbox');
    return Number(rows[0]?.count);
  }

  /** Delivers what is due now, until nothing is. */
  async deliverDue(channel: Channel, parts: Partial<Post>, concurrency = 8): Promise<void> {
    const unused = async () => {
      throw new Error('not part of this test');
    };
    const post: Post = {
      database: this.database,
      senders: { SMS: unused, EMAIL: unused },
      fetchDocument: unused,
      policy: defaultPolicy,
      now: this.clock.now,
      random: () => 0,
      log: pino({ level: 'silent' }),
      ...parts,
    };
    await deliveryWorker(post, channel, concurrency).run(new AbortController().signal);
  }

  async clear(): Promise<void> {
    await this.database.query('truncate messages, contacts, driver_contacts, outbox');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
    await this.#fresh[Symbol.asyncDispose]();
  }
}
