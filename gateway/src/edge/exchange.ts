import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Logger } from '#shared/telemetry/log';
import { tracer } from '#shared/telemetry/tracing';
import type { Load } from './load.ts';
import type { Policy } from './policy.ts';
import { isHttp2 } from './protocol.ts';

/** What all exchanges of a gateway share. */
export interface Surroundings {
  log: Logger;
  load: Load;
  policy: Policy;
  closing: AbortSignal;
}

/**
 * One HTTP request and its answer, with the names both are known by: request id, span, route. It ends when
 * the answer is out or the caller is gone, and is then written to the log once, without query and without bodies.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** The path as sent, still percent-encoded. */
  readonly path: string;
  readonly query: string;
  readonly telemetry: Context;
  route: string | undefined;
  reason: string | undefined;
  /** Whether the answer is complete as far as its writer goes, though a packer may still hold some of it. */
  told = false;
  /** What `Load` has counted it as, and where. */
  counted = false;
  countedStream = false;
  connection: Socket | undefined;
  readonly #around: Surroundings;
  readonly #span: Span;
  readonly #startedAt = performance.now();
  readonly #goneListeners: (() => void)[] = [];
  #gone = false;

  constructor(request: IncomingMessage, response: ServerResponse, around: Surroundings) {
    this.request = request;
    this.response = response;
    this.#around = around;
    [this.path, this.query] = target(request.url ?? '/');
    const sent = request.headers['x-request-id'];
    this.id = typeof sent === 'string' && /^[\x21-\x7e]{1,128}$/.test(sent) ? sent : randomUUID();
    response.setHeader('x-request-id', this.id);
    const traced = request.headers.traceparent !== undefined || request.headers.baggage !== undefined;
    const parent = traced ? propagation.extract(ROOT_CONTEXT, request.headers) : ROOT_CONTEXT;
    const method = request.method ?? '';
    this.#span = tracer().startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'url.path': this.path } },
      parent,
    );
    this.telemetry = trace.setSpan(parent, this.#span);
    response.once('close', () => this.#close());
    // A stream of HTTP/2 that is reset may stay open for a while; nobody reads its answer any more.
    if (isHttp2(request)) request.once('aborted', () => this.#leave());
  }

  get policy(): Policy {
    return this.#around.policy;
  }

  /** To be said of a call that streams, before it begins; throws where too many do already. */
  becomesStream(): void {
    this.#around.load.enterStream(this);
  }

  /** Whether the caller went away before the answer was out. */
  get gone(): boolean {
    return this.#gone;
  }

  onGone(listener: () => void): void {
    if (this.#gone) listener();
    else this.#goneListeners.push(listener);
  }

  /** To be told that the gateway is about to stop: a stream without an end has to end then, with a word that lets its caller go on elsewhere. */
  onClosing(listener: () => void): void {
    const { closing } = this.#around;
    if (closing.aborted) {
      listener();
      return;
    }
    closing.addEventListener('abort', listener, { once: true });
    this.response.once('close', () => closing.removeEventListener('abort', listener));
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const listener of this.#goneListeners) listener();
  }

  #close(): void {
    const { request, response } = this;
    const { log, load } = this.#around;
    load.leave(this);
    if (!response.writableFinished) this.#leave();
    const status = this.#gone && !response.headersSent ? 499 : response.statusCode;
    this.#span.updateName(this.route === undefined ? `${request.method}` : `${request.method} ${this.route}`);
    if (this.route !== undefined) this.#span.setAttribute('http.route', this.route);
    this.#span.setAttribute('http.response.status_code', status);
    if (this.reason !== undefined) this.#span.setAttribute('error.type', this.reason);
    if (status >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: this.reason });
    this.#span.end();
    const { traceId } = this.#span.spanContext();
    const ms = Math.round((performance.now() - this.#startedAt) * 10) / 10;
    log.info(
      {
        method: request.method,
        path: this.path.slice(0, 256),
        route: this.route,
        status,
        reason: this.reason,
        ms,
        request_id: this.id,
        trace_id: traceId,
        ...(this.#gone ? { gone: true } : {}),
      },
      'request',
    );
  }
}

/** Path and query of a request target; a proxy may send the whole URL. */
function target(url: string): [path: string, query: string] {
  const relative = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
  const fragment = relative.indexOf('#');
  const clean = fragment < 0 ? relative : relative.slice(0, fragment);
  const mark = clean.indexOf('?');
  return mark < 0 ? [clean, ''] : [clean.slice(0, mark), clean.slice(mark + 1)];
}
