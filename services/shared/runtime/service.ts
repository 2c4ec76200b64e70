import grpc from '@grpc/grpc-js';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Breakers } from '../breaker/breakers.ts';
import type { ServiceConfig, ServiceName } from '../config/service.ts';
import { Database } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { wantReplicas } from '../events/streams.ts';
import type { Consumer } from '../inbox/consumer.ts';
import { deadLetterService } from '../inbox/deadLetterService.ts';
import { observeConsumers } from '../inbox/observe.ts';
import { runConsumers } from '../inbox/run.ts';
import { eventLogService } from '../outbox/eventLogService.ts';
import { observeOutbox } from '../outbox/observe.ts';
import { runRelay } from '../outbox/relay.ts';
import { AdvisoryLocks } from '../process/advisoryLocks.ts';
import { sleep } from '../process/background.ts';
import { Clients } from '../rpc/call.ts';
import { Health } from '../rpc/health.ts';
import { type Authenticate, tokenVerifier } from '../rpc/identity.ts';
import type { Implementation } from '../rpc/implement.ts';
import { addReflection } from '../rpc/reflection.ts';
import { addServices, messageLimit } from '../rpc/serve.ts';
import { serviceToken } from '../rpc/serviceToken.ts';
import { warmUp } from '../rpc/warmUp.ts';
import { observeSagas } from '../saga/observe.ts';
import { sagaWorker } from '../saga/runner.ts';
import type { AnySaga } from '../saga/saga.ts';
import { observeBreakers } from '../telemetry/breakers.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { startMetrics } from '../telemetry/metrics.ts';
import { startTracing } from '../telemetry/tracing.ts';
import { runWorker, type Worker } from '../worker/worker.ts';
import type { Running } from './main.ts';
import { migrationsOf } from './migrations.ts';
import { patiently } from './patiently.ts';

/** The present, as a dependency, so that tests may choose it. */
export interface Clock {
  now(): Date;
}

/** What a service's parts are built from. */
export interface Dependencies<Config extends ServiceConfig> {
  config: Config;
  database: Database;
  /** Connections of their own to the same database, for workers that have to keep their time however many calls come. */
  background: Database;
  clients: Clients;
  /** For what else is called outside the mesh. */
  breakers: Breakers;
  nats: NatsConnection;
  log: Logger;
  clock: Clock;
  /** Aborted when the service begins to drain: calls that would go on for ever end then. */
  draining: AbortSignal;
}

export interface ServiceDefinition<Config extends ServiceConfig> {
  name: ServiceName;
  config: Config;
  /** The folder of the service's own migrations. */
  migrations: URL;
  /** Whether the service's connections send statements without waiting for the answers; see `Database`. */
  pipeline?: boolean;
  /** Whether what calls read is kept by the broker, so that none is answered without it. */
  answersFromBroker?: boolean;
  /** Done before anything is served; what it gives is disposed of when nothing is served any more. */
  prepare?: (dependencies: Dependencies<Config>) => Promise<AsyncDisposable>;
  rpc: (dependencies: Dependencies<Config>) => Implementation[];
  consumers?: (dependencies: Dependencies<Config>) => Consumer[];
  sagas?: (dependencies: Dependencies<Config>) => AnySaga[];
  workers?: (dependencies: Dependencies<Config>) => Worker[];
  overrides?: Overrides;
}

/** What tests replace. */
export interface Overrides {
  clock?: Clock;
  authenticate?: Authenticate;
}

export interface RunningService extends Running {
  port: number;
  metricsPort: number | undefined;
}

const backgroundConnections = 4;
/** What each later step of a drain gets at least, however long the calls took. */
const lastStepMs = 1_000;
/** How long the last spans and metrics may take to go out. */
const flushMs = 3_000;

/**
 * Starts a service: schema, broker, gRPC server, relay, consumers, sagas, workers, in that order; disposing of it
 * goes the other way. A dependency that is not there yet is waited for.
 */
export async function startService<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<RunningService> {
  const { name, config, overrides = {} } = definition;
  const log = createLogger(name, config.logLevel);
  const { otlpEndpoint, metricsPort, host } = config;
  const tracing = await startTracing(name, otlpEndpoint, config.sampling, log);
  const metrics = await startMetrics(name, { endpoint: otlpEndpoint, port: metricsPort, host, log });
  const database = new Database(config.databaseUrl, {
    connections: config.databaseConnections,
    name: `jangbu-${name}`,
    pipeline: definition.pipeline ?? false,
    onError: (error) => log.warn({ err: error }, 'idle database connection lost'),
  });
  // Connections are made when they are first used, so a service without such workers has none of these.
  const background = new Database(config.databaseUrl, {
    connections: backgroundConnections,
    name: `jangbu-${name}-background`,
    onError: (error) => log.warn({ err: error }, 'idle database connection lost'),
  });
  await patiently(log, 'database', () => migrate(database, migrationsOf(name, definition.migrations)));
  const nats = await patiently(log, 'broker', () =>
    connect({
      servers: config.natsUrl,
      name: `jangbu-${name}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      // Else every publication captures a stack, for the case that it fails: a third of what publishing costs.
      noAsyncTraces: true,
    }),
  );
  wantReplicas(nats, config.natsReplicas);
  const breakers = new Breakers();
  observeBreakers(breakers);
  const token = serviceToken(config.oidc);
  const clients = new Clients(config.addresses, token, breakers);
  const clock = overrides.clock ?? { now: () => new Date() };
  const stop = new AbortController();
  const dependencies: Dependencies<Config> = {
    config,
    database,
    background,
    clients,
    breakers,
    nats,
    log,
    clock,
    draining: stop.signal,
  };

  const prepared = await definition.prepare?.(dependencies);

  const server = new grpc.Server({
    'grpc.max_receive_message_length': messageLimit,
    'grpc.max_send_message_length': messageLimit,
  });
  const implementations = [
    ...definition.rpc(dependencies),
    deadLetterService(database, nats),
    eventLogService(database, stop.signal),
  ];
  const authenticate = overrides.authenticate ?? tokenVerifier(config.oidc);
  addServices(server, implementations, { authenticate, log });
  addReflection(server, implementations);
  const health = new Health(
    server,
    implementations,
    [
      { name: 'database', check: () => database.query('select 1'), isVital: true },
      { name: 'broker', check: () => nats.flush(), isVital: definition.answersFromBroker ?? false },
    ],
    breakers,
    log,
  );
  const port = await bind(server, config);

  const locks = new AdvisoryLocks(database);
  const sagas = definition.sagas?.(dependencies) ?? [];
  const workers = definition.workers?.(dependencies) ?? [];
  if (sagas.length > 0) workers.push(sagaWorker(database, sagas, log));
  const consumers = definition.consumers?.(dependencies) ?? [];
  const loops = [
    runRelay({ service: name, database, nats, locks, log }, stop.signal),
    runConsumers({ service: name, consumers, database, nats, locks, log }, stop.signal),
    ...workers.map((worker) => runWorker(worker, locks, log, stop.signal)),
  ];
  observeOutbox(background);
  observeConsumers({ service: name, consumers, nats });
  observeSagas(background, sagas);
  // Until then the probes hear NOT_SERVING, and no proxy sends calls.
  const watching = warmUp(implementations, token, authenticate).then(() => health.watch());
  log.info({ port, metricsPort: metrics.port }, 'ready');

  return {
    port,
    metricsPort: metrics.port,
    log,
    async [Symbol.asyncDispose]() {
      health.drain();
      stop.abort();
      // Calls and background work end side by side, so the whole drain takes `drainMs` and the short steps behind it.
      const begun = performance.now();
      const left = () => Math.max(lastStepMs, config.drainMs - (performance.now() - begun));
      await shutDown(server, config.drainMs);
      await Promise.race([Promise.allSettled([...loops, watching]), sleep(left())]);
      await Promise.race([prepared?.[Symbol.asyncDispose](), sleep(left())]);
      await locks[Symbol.asyncDispose]();
      clients[Symbol.dispose]();
      await nats.close().catch(() => {});
      await Promise.allSettled([database[Symbol.asyncDispose](), background[Symbol.asyncDispose]()]);
      // A collector that is away would hold the process up for longer than its pod is given.
      await Promise.race([
        Promise.all([tracing[Symbol.asyncDispose](), metrics[Symbol.asyncDispose]()]),
        sleep(flushMs),
      ]);
    },
  };
}

function bind(server: grpc.Server, { host, port }: ServiceConfig): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
}

/** grpc-js waits for open calls without limit, so what is still open after the limit is cut. */
async function shutDown(server: grpc.Server, limitMs: number): Promise<void> {
  const graceful = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const timer = new AbortController();
  await Promise.race([graceful, sleep(limitMs, timer.signal).then(() => server.forceShutdown())]);
  timer.abort();
}
