import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '#shared/process/background';
import type { Running } from '#shared/runtime/main';
import { createLogger } from '#shared/telemetry/log';
import { startTracing } from '#shared/telemetry/tracing';
import type { GatewayConfig } from './config.ts';
import { loadContract } from './src/contract/contract.ts';
import { requestHandler } from './src/edge/handler.ts';
import { createHttpServer } from './src/edge/server.ts';
import { buildRouteTable } from './src/routes/routeTable.ts';
import { Upstreams } from './src/upstream/upstreams.ts';

export interface RunningGateway extends Running {
  port: number;
}

/** Starts the gateway; disposing of it drains: no new connections, open requests end, then it is gone. */
export async function startGateway(config: GatewayConfig): Promise<RunningGateway> {
  const log = createLogger('gateway', config.logLevel);
  const tracing = await startTracing('gateway', config.otlpEndpoint);
  const contract = loadContract(config.descriptors);
  const upstreams = new Upstreams(config.upstreams, config.messageBytes);
  const served = contract.services.filter((service) => upstreams.serves(service.typeName));
  const routes = buildRouteTable(served, config.expose);
  for (const { binding, by } of routes.shadowed) {
    log.warn({ route: binding.route, method: binding.grpcPath, by: by.grpcPath }, 'route is taken by another method');
  }
  let draining = false;
  const handler = requestHandler({
    contract,
    routes,
    upstreams,
    settings: {
      registry: contract.registry,
      unknownQuery: config.unknownQuery,
      body: config.body,
      timeouts: config.timeouts,
    },
    cors: config.cors,
    log,
    isDraining: () => draining,
  });
  const server = createHttpServer(handler, { headerBytes: config.headerBytes, headersMs: config.headersMs });
  server.listen(config.port, config.host);
  await once(server, 'listening');
  upstreams.connect();
  const { port } = server.address() as AddressInfo;
  log.info({ port, services: served.map((service) => service.typeName) }, 'ready');
  return {
    port,
    log,
    async [Symbol.asyncDispose]() {
      draining = true;
      // Whoever watches /readyz gets to see that it is over before the door closes.
      await sleep(config.drainDelayMs);
      await closeServer(server, config.drainMs);
      upstreams[Symbol.dispose]();
      await tracing[Symbol.asyncDispose]();
    },
  };
}

async function closeServer(server: Server, limitMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearTimeout(timer);
}
