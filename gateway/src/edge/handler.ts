import type { IncomingMessage, ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import { Fault } from '#shared/errors/fault';
import type { Logger } from '#shared/telemetry/log';
import type { Contract } from '../contract/contract.ts';
import { grpcWebKind } from '../grpcweb/contentType.ts';
import { type GrpcWebSettings, refuseGrpcWeb, serveGrpcWeb } from '../grpcweb/serve.ts';
import type { OpenApiPages } from '../openapi/serving/openApiPages.ts';
import type { RestSettings } from '../rest/restCall.ts';
import { serveRest } from '../rest/serve.ts';
import type { RouteTable } from '../routes/routeTable.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { answerFailure, statusOf } from './answer.ts';
import { allowOrigin, answerPreflight, type CorsConfig, isPreflight } from './cors.ts';
import { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import { answerHealth } from './health.ts';
import type { Load } from './load.ts';
import type { Policy } from './policy.ts';
import { discardRest, hasBody } from './protocol.ts';
import type { RequestDurations } from './requestDurations.ts';
import { checkSize, type RequestLimits } from './requestLimits.ts';
import { setSecurityHeaders } from './securityHeaders.ts';

export interface Edge {
  contract: Contract;
  routes: RouteTable;
  upstreams: Upstreams;
  settings: RestSettings;
  grpcWeb: GrpcWebSettings;
  cors: CorsConfig;
  limits: RequestLimits;
  load: Load;
  policy: Policy;
  durations: RequestDurations;
  /** Undefined where neither sign-in nor rate limits are configured. */
  gate: Gate | undefined;
  /** Undefined where the contract is not to be shown. */
  pages: OpenApiPages | undefined;
  log: Logger;
  isDraining(): boolean;
  /** Aborted when streams that would go on for ever have to end. */
  closing: AbortSignal;
}

/** What the HTTP server does with every request. Nothing a request can hold makes it throw. */
export function requestHandler(edge: Edge) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    setSecurityHeaders(response);
    if (hasBody(request)) discardRest(request, response);
    if (answerHealth(request, response, edge)) return;
    if (edge.isDraining()) response.shouldKeepAlive = false;
    const exchange = new Exchange(request, response, edge);
    handle(edge, exchange).catch((error: unknown) => {
      const expected = error instanceof Fault && error.reason !== 'INTERNAL';
      if (!expected && !exchange.gone) {
        context.with(exchange.telemetry, () =>
          edge.log.error({ err: error, request_id: exchange.shownId }, 'request failed'),
        );
      }
      answerFailure(exchange, statusOf(error), edge.contract.registry);
    });
  };
}

async function handle(edge: Edge, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (request.headers.host === undefined && request.httpVersion === '1.1') {
    throw new Fault('INVALID_REQUEST', { message: 'the Host header is missing' });
  }
  const allowed = allowOrigin(request, response, edge.cors);
  if (isPreflight(request)) {
    if (!allowed) throw new Fault('ACCESS_DENIED', { message: 'this origin may not call from a browser' });
    answerPreflight(request, response, edge.cors);
    return;
  }
  const kind = grpcWebKind(request);
  try {
    checkSize(request, edge.limits);
    edge.load.enter(exchange);
    if (edge.gate) await edge.gate.admit(exchange);
  } catch (error) {
    if (!kind) throw error;
    refuseGrpcWeb(exchange, kind, edge.grpcWeb, error);
    return;
  }
  const page = edge.pages?.(exchange);
  if (page) return page;
  if (kind && request.method === 'POST') {
    await serveGrpcWeb(exchange, kind, edge.routes.grpc, edge.upstreams, edge.grpcWeb);
  } else if (kind && edge.routes.grpc.has(exchange.path)) {
    response.setHeader('allow', 'POST');
    throw new Fault('METHOD_NOT_ALLOWED', { message: 'gRPC-Web calls are POST', metadata: { allow: 'POST' } });
  } else await serveRest(exchange, edge.routes.rest, edge.upstreams, edge.settings);
}
