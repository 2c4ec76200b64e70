import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { CustomerService } from '#proto/ordering/v1/customer_service';
import type { Line } from '#proto/ordering/v1/line';
import { LineService } from '#proto/ordering/v1/line_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import type { Order } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { Breakers } from '#shared/breaker/breakers';
import type { ServiceName } from '#shared/config/service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { Clients } from '#shared/rpc/call';
import type { CallContext, Unary } from '#shared/rpc/context';
import type { Caller } from '#shared/rpc/identity';
import { type AnyCommand, runCommand } from '#shared/rpc/runCommand';
import { sagaWorker } from '#shared/saga/runner';
import { freshDatabase, testNatsUrl } from '#test/harness/database';
import { type OrderingConfig, readConfig } from './config.ts';
import type { OrderingDependencies, Room } from './room.ts';
import { rooms } from './rooms.ts';

export const operator: Caller = { subject: 'staff', roles: new Set(['operator'] as const) };
export const customer = (customerId: string): Caller => ({
  subject: `user-of-${customerId}`,
  roles: new Set(['customer'] as const),
  customerId,
});

const log = pino({ level: 'silent' });

export interface CounterOptions {
  limitMs?: number;
  reserveLimitMs?: number;
  addresses?: Partial<Record<ServiceName, string>>;
  /** Any other settings, by the names of their variables. */
  settings?: Record<string, string>;
}

/** Ordering's rooms on a database of their own: methods, events and sagas, each driven by hand. */
export class Counter implements AsyncDisposable {
  /** The present, as the rooms see it. */
  now = new Date('2026-11-10T03:00:00Z');
  caller: Caller = operator;
  readonly database: Database;
  readonly config: OrderingConfig;
  readonly #rooms: Room[];
  readonly #stack: AsyncDisposableStack;

  private constructor(dependencies: OrderingDependencies, stack: AsyncDisposableStack) {
    this.database = dependencies.database;
    this.config = dependencies.config;
    const clock = { now: () => this.now };
    this.#rooms = rooms({ ...dependencies, clock });
    this.#stack = stack;
  }

  static async open(options: CounterOptions = {}): Promise<Counter> {
    const fresh = await freshDatabase('ordering');
    return Counter.on(fresh.url, options, fresh);
  }

  /** On a database that is there already, such as that of another process. */
  static async on(databaseUrl: string, options: CounterOptions = {}, owned?: AsyncDisposable): Promise<Counter> {
    const stack = new AsyncDisposableStack();
    if (owned) stack.use(owned);
    const database = stack.use(new Database(databaseUrl));
    const shared = ['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({
      name: `shared/${name}`,
      folder: new URL(`../shared/${name}/migrations`, import.meta.url),
    }));
    await migrate(database, [...shared, { name: 'ordering', folder: new URL('./migrations', import.meta.url) }]);
    const nats = await connect({ servers: testNatsUrl() });
    stack.defer(() => nats.close());
    const breakers = new Breakers();
    const clients = stack.use(new Clients(options.addresses ?? {}, async () => undefined, breakers));
    const config = readConfig({
      DATABASE_URL: databaseUrl,
      NATS_URL: testNatsUrl(),
      OIDC_ISSUER: 'http://issuer.example',
      OIDC_JWKS_URL: 'http://issuer.example/keys',
      LINE_SAGA_TIME_LIMIT_MS: String(options.limitMs ?? 30_000),
      PURCHASE_RESERVE_TIME_LIMIT_MS: String(options.reserveLimitMs ?? 10_000),
      ...options.settings,
    });
    const clock = { now: () => new Date() };
    const draining = new AbortController().signal;
    return new Counter(
      { config, database, background: database, clients, breakers, nats, log, clock, draining },
      stack,
    );
  }

  /** Calls a method the way serve does after its checks: a command runs in a transaction. */
  async call<S extends DescService, K extends keyof S['method'] & string>(
    service: S,
    method: K,
    request: MessageInitShape<S['method'][K]['input']>,
    more: Partial<CallContext> = {},
  ): Promise<MessageShape<S['method'][K]['output']>> {
    const implementation = this.#rooms.flatMap(({ rpc }) => rpc).find((each) => each.service === service);
    const handler = implementation?.handlers[method] as Unary<DescMessage, DescMessage> | AnyCommand;
    const { input, output } = service.method[method] as { input: DescMessage; output: DescMessage };
    const message = create(input, request as MessageInitShape<DescMessage>);
    const context: CallContext = { caller: this.caller, signal: new AbortController().signal, log, ...more };
    if (typeof handler === 'function') {
      return create(output, await handler(message, context)) as MessageShape<S['method'][K]['output']>;
    }
    const place = { method: service.method[method] as DescMethod, database: this.database };
    const bytes = await runCommand(place, handler, message, context);
    return fromBinary(output, bytes) as MessageShape<S['method'][K]['output']>;
  }

  /** Handles an event of another service in a transaction. */
  async handle<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Promise<void> {
    const handlers = this.#rooms
      .flatMap(({ consumers }) => consumers)
      .map((each) => each.handlers.get(schema.typeName));
    const handler = handlers.find((each) => each !== undefined);
    if (!handler) throw new Error(`nobody handles ${schema.typeName}`);
    const envelope = { id: 'event', type: schema.typeName, time: this.now, subject: '', source: '', sequence: 0n };
    await this.database.transaction((tx) => handler.handle(create(schema, init), tx, envelope));
  }

  /** Gives every saga that wants attention what it wants, once. */
  async driveSagas(): Promise<void> {
    const sagas = this.#rooms.flatMap((room) => room.sagas);
    await sagaWorker(this.database, sagas, log).run(new AbortController().signal);
  }

  /** Events of a type in the outbox, oldest first. */
  async events<Desc extends DescMessage>(schema: Desc): Promise<MessageShape<Desc>[]> {
    const { rows } = await this.database.query<{ body: Buffer }>(
      'select body from outbox where type = $1 order by position',
      [schema.typeName],
    );
    return rows.map(({ body }) => fromBinary(schema, body));
  }

  async newCustomer(displayName = '김민지'): Promise<string> {
    const { id } = await this.call(CustomerService, 'createCustomer', {
      customer: { displayName, email: 'minji@example.com', phone: '010-1234-5678', address: 'Seoul' },
    });
    return id;
  }

  async newOffering(id = 'meter', kind: OfferingKind = OfferingKind.LINE, business = 'iot'): Promise<string> {
    await this.call(CatalogService, 'createOffering', {
      offering: { id, business, kind, displayName: 'Meter', tariffId: 'meter-tariff' },
    });
    return id;
  }

  /** A customer, an offering and an ordered line. */
  async orderLine(): Promise<Line> {
    const customerId = await this.newCustomer();
    const offeringId = await this.newOffering();
    return this.call(LineService, 'createLine', {
      line: { customerId, offeringId, serviceNumber: '01012345678', apn: 'iot.kr' },
    });
  }

  line(id: string): Promise<Line> {
    return this.call(LineService, 'getLine', { line: id });
  }

  order(id: string): Promise<Order> {
    return this.call(OrderService, 'getOrder', { order: id });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
