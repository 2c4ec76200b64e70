import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BalanceCause } from '#proto/billing/v1/entry';
import {
  AccountOpenedSchema,
  BalanceChangedSchema,
  InvoiceIssuedSchema,
  PaymentCapturedSchema,
} from '#proto/billing/v1/events';
import type { DeliveryState } from '#proto/ordering/v1/delivery';
import {
  CustomerBannedSchema,
  CustomerChangedSchema,
  CustomerUnbannedSchema,
  DeliveryStateChangedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  OrderStateChangedSchema,
  PenaltyImposedSchema,
  RideStateChangedSchema,
  VisitStateChangedSchema,
} from '#proto/ordering/v1/events';
import { OrderAction, type OrderState } from '#proto/ordering/v1/order';
import type { RideState } from '#proto/ordering/v1/ride';
import type { VisitState } from '#proto/ordering/v1/visit';
import type { ServiceName } from '#shared/config/service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import type { Fault } from '#shared/errors/fault';
import { eventLogService } from '#shared/outbox/eventLogService';
import { emit } from '#shared/outbox/outbox';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { createLogger } from '#shared/telemetry/log';
import { freshDatabase } from '#test/harness/database';
import type { EventLog } from '../calls.ts';

/** A service reduced to its events: an outbox, a relay, and the log of both. */
export class EventSource implements AsyncDisposable {
  readonly name: ServiceName;
  readonly database: Database;
  /** What the log answers instead of events, while it is set. */
  fault: Fault | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(name: ServiceName, database: Database, stack: AsyncDisposableStack) {
    this.name = name;
    this.database = database;
    this.#stack = stack;
  }

  static async open(name: ServiceName, nats: NatsConnection): Promise<EventSource> {
    const stack = new AsyncDisposableStack();
    const fresh = stack.use(await freshDatabase(name));
    const database = stack.use(new Database(fresh.url));
    await migrate(database, [
      { name: 'shared/outbox', folder: new URL('../../shared/outbox/migrations', import.meta.url) },
    ]);
    const locks = stack.use(new AdvisoryLocks(database));
    const stop = new AbortController();
    const log = createLogger(name, process.env.LOG_LEVEL ?? 'silent');
    const relaying = runRelay({ service: name, database, nats, locks, log }, stop.signal);
    stack.defer(async () => {
      stop.abort();
      await relaying;
    });
    return new EventSource(name, database, stack);
  }

  /** Emits as services do: in a transaction that holds the aggregate, which may stay open for a moment. */
  async emit<Desc extends DescMessage>(
    schema: Desc,
    aggregate: string,
    init: MessageInitShape<Desc>,
    pauseMs = 0,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [aggregate]);
      await emit(tx, schema, init);
      if (pauseMs > 0) await tx.query('select pg_sleep($1)', [pauseMs / 1000]);
    });
  }

  /** How many events there are, but for those about `except`. */
  async count(except: readonly string[] = []): Promise<bigint> {
    const { rows } = await this.database.query<{ count: bigint }>(
      'select count(*) as count from outbox where aggregate <> all ($1::text[])',
      [except],
    );
    return rows[0]?.count ?? 0n;
  }

  get log(): EventLog {
    const { streamEvents } = eventLogService(this.database, new AbortController().signal).handlers as {
      streamEvents: (request: object, context: object) => ReturnType<EventLog['streamEvents']>;
    };
    return {
      streamEvents: ({ afterPosition = 0n, types = [] }, { signal } = {}) => {
        if (this.fault) throw this.fault;
        return streamEvents({ afterPosition, types }, { signal: signal ?? new AbortController().signal });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** One of the events that ordering emits, by a number: the same number is always the same event. */
export async function emitOrdering(source: EventSource, number: number, pauseMs = 0): Promise<void> {
  // Ten events each about one customer's things.
  const group = Math.floor(number / 10);
  const customerId = `customer-${group % 7}`;
  const thing = `${group % 31}`;
  const lineId = `line-${thing}-of-${customerId}`;
  const orderId = `order-${thing}-of-${customerId}`;
  switch (number % 10) {
    case 0: {
      const customer = { id: customerId, displayName: `Name ${number}`, etag: String(number) };
      return source.emit(CustomerChangedSchema, customerId, { customer }, pauseMs);
    }
    case 1: {
      const line = { id: lineId, customerId, serviceNumber: `0${number}`, pendingOrderId: `pending-${number}` };
      return source.emit(LineChangeRequestedSchema, lineId, { orderId, line }, pauseMs);
    }
    case 2: {
      const failed = { lineId, orderId: `pending-${number - 1}`, action: OrderAction.ACTIVATE };
      return source.emit(LineChangeAbandonedSchema, lineId, failed, pauseMs);
    }
    case 3: {
      const state = ((number % 4) + 1) as DeliveryState;
      const delivery = { id: `delivery-${thing}`, customerId: `customer-of-${thing}`, state };
      return source.emit(DeliveryStateChangedSchema, delivery.id, { delivery, offeringName: '감자' }, pauseMs);
    }
    case 4: {
      const state = ((group % 6) + 1) as RideState;
      const ride = { id: `ride-${thing}-of-${customerId}`, customerId, state };
      return source.emit(RideStateChangedSchema, ride.id, { ride, offeringName: 'it' }, pauseMs);
    }
    case 5: {
      const state = ((group % 3) + 1) as VisitState;
      const visit = { id: `visit-${thing}-of-${customerId}`, customerId, state };
      return source.emit(VisitStateChangedSchema, visit.id, { visit, offeringName: 'it' }, pauseMs);
    }
    case 6: {
      const penalty = { id: `penalty-${thing}-of-${customerId}`, customerId, place: String(number) };
      return source.emit(PenaltyImposedSchema, penalty.id, { penalty, offeringName: 'it' }, pauseMs);
    }
    case 7: {
      const banned = group % 2 === 0;
      const schema = banned ? CustomerBannedSchema : CustomerUnbannedSchema;
      const ban = { id: `ban-of-${customerId}`, customerId, banned };
      return source.emit(schema, ban.id, { ban, offeringName: 'it' }, pauseMs);
    }
    default: {
      const state = ((number % 5) + 1) as OrderState;
      const order = { id: orderId, customerId, state, action: ((number % 6) + 1) as OrderAction };
      return source.emit(OrderStateChangedSchema, orderId, { order, subjectName: 'it' }, pauseMs);
    }
  }
}

export async function emitBilling(source: EventSource, number: number, pauseMs = 0): Promise<void> {
  const customerId = `customer-${number % 7}`;
  const money = { currency: 'KRW', amount: String(number) };
  const account = { id: `account-of-${customerId}`, customerId, currency: 'KRW', balance: money };
  if (number % 5 === 0) {
    const invoice = { id: `invoice-${number}`, customerId, number: `N-${number}`, total: money };
    return source.emit(InvoiceIssuedSchema, invoice.id, { invoice }, pauseMs);
  }
  if (number % 5 === 1) return source.emit(AccountOpenedSchema, account.id, { account }, pauseMs);
  if (number % 5 === 2) {
    const payment = { id: `payment-${number}`, customerId, amount: money };
    return source.emit(PaymentCapturedSchema, payment.id, { payment }, pauseMs);
  }
  const entry = { accountId: account.id, cause: ((number % 18) + 1) as BalanceCause, amount: money, balance: money };
  return source.emit(BalanceChangedSchema, account.id, { account, entry }, pauseMs);
}
