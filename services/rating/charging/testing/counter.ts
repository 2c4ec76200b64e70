import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { pino } from 'pino';
import {
  type StartSessionRequest,
  StartSessionRequestSchema,
  StopSessionRequestSchema,
  UpdateSessionRequestSchema,
} from '#proto/rating/v1/charging_service';
import type { ChargingSession } from '#proto/rating/v1/charging_session';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { Breakers } from '#shared/breaker/breakers';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { Clients } from '#shared/rpc/call';
import type { CallContext } from '#shared/rpc/context';
import { sagaWorker } from '#shared/saga/runner';
import { freshDatabase } from '#test/harness/database';
import type { RatingConfig } from '../../config.ts';
import { insertTariff, updateTariff } from '../../tariffs/store/tariffs.ts';
import { type ChargingRoom, chargingRoom } from '../room.ts';

const log = pino({ level: 'silent' });
/** What a start says; the rest is a hundred bytes for `customer`. */
export type StartInit = { session: string } & Partial<
  Omit<StartSessionRequest, '$typeName' | '$unknown' | 'holdFor' | 'startTime'>
> & { holdFor?: { seconds: bigint; nanos: number }; startTime?: { seconds: bigint; nanos: number } };

type Method = (request: unknown, context: CallContext) => Promise<ChargingSession>;

/** Rating's online charging on a database of its own, before a billing at some address. Its clock stands still until somebody moves it. */
export class Counter implements AsyncDisposable {
  now = new Date('2026-11-10T03:00:00Z');
  readonly database: Database;
  readonly #room: ChargingRoom;
  readonly #stack: AsyncDisposableStack;

  private constructor(database: Database, billing: string, stack: AsyncDisposableStack) {
    this.database = database;
    this.#stack = stack;
    const clients = stack.use(new Clients({ billing }, async () => undefined, new Breakers()));
    const config = { timeZone: 'Asia/Seoul' } as RatingConfig;
    this.#room = chargingRoom({ config, database, clients, log, clock: { now: () => this.now } });
  }

  static async open(billing: string): Promise<Counter> {
    const fresh = await freshDatabase('charging');
    return Counter.on(fresh.url, billing, fresh);
  }

  /** On a database that is there already, such as that of another process. */
  static async on(url: string, billing: string, owned?: AsyncDisposable): Promise<Counter> {
    const stack = new AsyncDisposableStack();
    if (owned) stack.use(owned);
    const database = stack.use(new Database(url));
    const shared = (name: string) => new URL(`../../../shared/${name}/migrations`, import.meta.url);
    await migrate(database, [
      ...['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({ name: `shared/${name}`, folder: shared(name) })),
      { name: 'rating', folder: new URL('../../migrations', import.meta.url) },
    ]);
    return new Counter(database, billing, stack);
  }

  /** A tariff in won; a version of a later time is added to the ones before. */
  async tariff(
    id: string,
    components: object[],
    { taxRate = '0', since }: { taxRate?: string; since?: Date } = {},
  ): Promise<void> {
    const version = { components, effectiveTime: since && timestampFromDate(since) };
    const versions = [...(this.#versions.get(id) ?? []), version];
    this.#versions.set(id, versions);
    const init = { id, displayName: id, currency: 'KRW', taxRate, versions };
    const tariff = create(TariffSchema, init as MessageInitShape<typeof TariffSchema>);
    await this.database.transaction((tx) =>
      versions.length === 1 ? insertTariff(tx, tariff, this.now) : updateTariff(tx, tariff),
    );
  }
  readonly #versions = new Map<string, object[]>();

  start(init: StartInit) {
    const request = { customerId: 'customer', tariffId: 'data', metric: 'bytes', requested: '100', ...init };
    return this.#call('startSession', create(StartSessionRequestSchema, request));
  }

  update(session: string, sequence: number, used: number | string, requested: number | string = 0) {
    const report = { session, sequence: BigInt(sequence), used: String(used), requested: String(requested) };
    return this.#call('updateSession', create(UpdateSessionRequestSchema, report));
  }

  stop(session: string, sequence: number, used: number | string = 0) {
    const report = { session, sequence: BigInt(sequence), used: String(used) };
    return this.#call('stopSession', create(StopSessionRequestSchema, report));
  }

  get(session: string) {
    return this.#call('getSession', { session });
  }

  /** Lets the workers do all that is due: what was left to them at once, and expired sessions. */
  async settleAll(): Promise<void> {
    const [expiry] = this.#room.workers;
    await expiry?.run(new AbortController().signal);
    for (;;) {
      const { rowCount } = await this.database.query('update sagas set due_time = now() where not done');
      if (rowCount === 0) return;
      await sagaWorker(this.database, this.#room.sagas, log).run(new AbortController().signal);
    }
  }

  #call(method: string, request: unknown): Promise<ChargingSession> {
    const caller = { subject: 'service:test', roles: new Set(['service'] as const) };
    const context: CallContext = { caller, signal: new AbortController().signal, log };
    const [service] = this.#room.rpc;
    if (!service) throw new Error('the room serves nothing');
    return (service.handlers[method] as Method)(request, context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
