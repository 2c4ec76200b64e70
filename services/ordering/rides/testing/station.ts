import type { Metadata } from '@grpc/grpc-js';
import { Clients } from '#shared/rpc/call';
import type { Caller, RoleName } from '#shared/rpc/identity';
import type { Clock, RunningService } from '#shared/runtime/service';
import { readConfig } from '../../config.ts';
import { startOrdering } from '../../service.ts';

/** A token of the tests: the role, and the id of the customer or driver if there is one. */
async function authenticate(metadata: Metadata): Promise<{ caller: Caller }> {
  const [role, id] = String(metadata.get('authorization')[0] ?? '')
    .replace('Bearer ', '')
    .split(' ');
  const named = role === 'driver' ? { driverId: id } : { customerId: id };
  return { caller: { subject: `test ${role} ${id}`, roles: new Set([role as RoleName]), ...(id && named) } };
}

/** The whole service in this process: its own clock, its own workers, events by JetStream. */
export class Station implements AsyncDisposable {
  readonly #service: RunningService;
  readonly #clients = new DisposableStack();

  private constructor(service: RunningService) {
    this.#service = service;
  }

  static async open(
    place: { databaseUrl: string; natsUrl: string; settings?: Record<string, string> },
    clock?: Clock,
  ): Promise<Station> {
    const config = readConfig({
      DATABASE_URL: place.databaseUrl,
      NATS_URL: place.natsUrl,
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
      LOG_LEVEL: 'silent',
      DRAIN_MS: '2000',
      ...place.settings,
    });
    return new Station(await startOrdering(config, { authenticate, ...(clock && { clock }) }));
  }

  /** A client for a caller such as `operator` or `driver d1`. */
  as<S extends Parameters<Clients['get']>[0]>(caller: string, service: S) {
    const clients = new Clients({ ordering: `127.0.0.1:${this.#service.port}` }, async () => caller);
    return this.#clients.use(clients).get(service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients[Symbol.dispose]();
    await this.#service[Symbol.asyncDispose]();
  }
}
