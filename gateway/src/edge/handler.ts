import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '#shared/errors/fault';
import type { Logger } from '#shared/telemetry/log';
import type { Contract } from '../contract/contract.ts';
import { grpcWebKind } from '../grpcweb/contentType.ts';
import { serveGrpcWeb } from '../grpcweb/serve.ts';
import type { RestSettings } from '../rest/restCall.ts';
import { serveRest } from '../rest/serve.ts';
import type { RouteTable } from '../routes/routeTable.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { answerFailure, statusOf } from './answer.ts';
import { allowOrigin, answerPreflight, type CorsConfig, isPreflight } from './cors.ts';
import { Exchange } from './exchange.ts';
import { answerHealth } from './health.ts';

export interface Edge {
  contract: Contract;
  routes: RouteTable;
  upstreams: Upstreams;
  settings: RestSettings;
  cors: CorsConfig;
  log: Logger;
  isDraining(): boolean;
}

/** How long a body that nobody wants any more is read on, so that its sender gets to read the answer. */
const lingerMs = 5_000;

/** What the HTTP server does with every request. Nothing a request can hold makes it throw. */
export function requestHandler(edge: Edge) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (answerHealth(request, response, edge)) return;
    if (edge.isDraining()) response.shouldKeepAlive = false;
    const exchange = new Exchange(request, response, edge.log);
    response.once('finish', () => discardRest(request));
    handle(edge, exchange).catch((error: unknown) => {
      const expected = error instanceof Fault && error.reason !== 'INTERNAL';
      if (!expected && !exchange.gone) edge.log.error({ err: error, request_id: exchange.id }, 'request failed');
      answerFailure(exchange, statusOf(error), edge.contract.registry);
    });
  };
}

async function handle(edge: Edge, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const allowed = allowOrigin(request, response, edge.cors);
  if (isPreflight(request)) {
    if (!allowed) throw new Fault('ACCESS_DENIED', { message: 'this origin may not call from a browser' });
    answerPreflight(request, response, edge.cors);
    return;
  }
  const kind = request.method === 'POST' ? grpcWebKind(request) : undefined;
  if (kind) await serveGrpcWeb(exchange, kind, edge.routes.grpc, edge.upstreams, edge.settings);
  else await serveRest(exchange, edge.routes.rest, edge.upstreams, edge.settings);
}

function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), lingerMs);
  timer.unref();
  const stop = () => clearTimeout(timer);
  request.once('end', stop);
  request.once('close', stop);
}
