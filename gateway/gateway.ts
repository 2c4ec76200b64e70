import { sleep } from '#shared/process/background';
import type { Running } from '#shared/runtime/main';
import { createLogger, unhurriedStdout } from '#shared/telemetry/log';
import { startMetrics } from '#shared/telemetry/metrics';
import { startTracing } from '#shared/telemetry/tracing';
import type { GatewayConfig } from './config.ts';
import { loadContract } from './src/contract/contract.ts';
import { gateFor } from './src/edge/gate.ts';
import { requestHandler } from './src/edge/handler.ts';
import { Load } from './src/edge/load.ts';
import { RequestDurations } from './src/edge/requestDurations.ts';
import { EdgeServer } from './src/edge/server.ts';
import { openApiPages } from './src/openapi/serving/openApiPages.ts';
import { buildRouteTable } from './src/routes/routeTable.ts';
import { Upstreams } from './src/upstream/upstreams.ts';

/** So long before streams would be cut they are told that it is over. */
const lastWordMs = 500;
/** How long the last spans may take to go out. */
const flushMs = 3_000;

export interface RunningGateway extends Running {
  port: number;
  metricsPort: number | undefined;
}

/** Starts the gateway; disposing of it drains: no new connections, open requests end, then it is gone. */
export async function startGateway(config: GatewayConfig): Promise<RunningGateway> {
  const log = createLogger('gateway', config.logLevel, unhurriedStdout());
  const { host, otlpEndpoint, metricsPort } = config;
  const tracing = await startTracing('gateway', otlpEndpoint, config.sampling, log);
  const metrics = await startMetrics('gateway', { endpoint: otlpEndpoint, port: metricsPort, host, log });
  const contract = loadContract(config.descriptors);
  const upstreams = new Upstreams(config.upstreams, config.messageBytes);
  const served = contract.services.filter((service) => upstreams.serves(service.typeName));
  const routes = buildRouteTable(served, config.expose);
  for (const { binding, by } of routes.shadowed) {
    log.warn({ route: binding.route, method: binding.grpcPath, by: by.grpcPath }, 'route is taken by another method');
  }
  let draining = false;
  const closing = new AbortController();
  const { body, timeouts, ...edge } = config.edge;
  const handler = requestHandler({
    contract,
    routes,
    upstreams,
    settings: {
      registry: contract.registry,
      unknownQuery: config.unknownQuery,
      jsonDepth: edge.jsonDepth,
      body,
      timeouts,
    },
    grpcWeb: {
      body: { ...body, bytes: config.grpcWeb.messageBytes },
      timeouts,
      registry: contract.registry,
      transparent: config.grpcWeb.transparent,
    },
    cors: edge.cors,
    limits: edge.requests,
    load: new Load(edge.load),
    policy: edge.policy,
    durations: new RequestDurations(),
    gate: gateFor(edge.gate),
    pages: config.openApi ? openApiPages(contract.registry, routes) : undefined,
    log,
    isDraining: () => draining,
    closing: closing.signal,
  });
  const server = new EdgeServer(handler, edge.server);
  const port = await server.listen(config.port, host);
  upstreams.connect();
  log.info({ port, metricsPort: metrics.port, services: served.map((service) => service.typeName) }, 'ready');
  return {
    port,
    metricsPort: metrics.port,
    log,
    async [Symbol.asyncDispose]() {
      draining = true;
      // Whoever watches /readyz gets to see that it is over before the door closes.
      await sleep(config.drainDelayMs);
      // The mesh's streams of messages have no end of their own; those of other services may have one, and get the time for it.
      const patience = config.grpcWeb.transparent ? Math.max(0, config.drainMs - lastWordMs) : 0;
      const told = setTimeout(() => closing.abort(), patience);
      await server.close(config.drainMs);
      clearTimeout(told);
      upstreams[Symbol.dispose]();
      // A collector that is away does not hold the process up.
      await Promise.race([
        Promise.all([tracing[Symbol.asyncDispose](), metrics[Symbol.asyncDispose]()]),
        sleep(flushMs),
      ]);
    },
  };
}
