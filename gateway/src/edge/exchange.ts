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
import type { RoleName } from '#shared/rpc/identity';
import { withoutPersonalData } from '#shared/telemetry/errorFields';
import type { Logger } from '#shared/telemetry/log';
import { tracer } from '#shared/telemetry/tracing';
import { bodyBytesOf } from './countedResponse.ts';
import type { Load } from './load.ts';
import type { Policy } from './policy.ts';
import { isHttp2 } from './protocol.ts';
import { methodName, type RequestDurations } from './requestDurations.ts';

/** The role of a verified token, or what there is instead of one. */
export type Principal = RoleName | 'roleless' | 'unverified' | 'anonymous';

/** What all exchanges of a gateway share. */
export interface Surroundings {
  log: Logger;
  load: Load;
  policy: Policy;
  closing: AbortSignal;
  durations: RequestDurations;
}

/**
 * One HTTP request and its answer, with the names both are known by: request id, span, route. It ends when
 * the answer is out or the caller is gone, and is then measured and written to the log once: by its route, never by its path, because paths, queries
 * and bodies hold what callers write into them.
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
  /** What kind of caller it is, as far as the gate has looked; never who. */
  principal: Principal;
  /** Whether the answer is complete as far as its writer goes, though a packer may still hold some of it. */
  told = false;
  /** What `Load` has counted it as, and where. */
  counted = false;
  countedStream = false;
  connection: Socket | undefined;
  readonly #around: Surroundings;
  readonly #method: string;
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
    const { traceparent, baggage } = request.headers;
    // Of a trace state there is no use here, and spans would take along whatever a caller has written into it.
    const traced = traceparent !== undefined || baggage !== undefined;
    const parent = traced ? propagation.extract(ROOT_CONTEXT, { traceparent, baggage }) : ROOT_CONTEXT;
    this.principal = request.headers.authorization === undefined ? 'anonymous' : 'unverified';
    this.#method = methodName(request.method);
    this.#span = tracer().startSpan(
      this.#method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': this.#method, 'url.scheme': 'http' } },
      parent,
    );
    this.telemetry = trace.setSpan(parent, this.#span);
    response.once('close', () => this.#close());
    // A stream of HTTP/2 that is reset may stay open for a while; nobody reads its answer any more.
    if (isHttp2(request)) request.once('aborted', () => this.#leave());
  }

  /** The id as logs show it: a caller may have made its own of anything. */
  get shownId(): string {
    return this.request.headers['x-request-id'] === this.id ? withoutPersonalData(this.id) : this.id;
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
    const { response } = this;
    const { log, load, durations } = this.#around;
    load.leave(this);
    if (!response.writableFinished) this.#leave();
    const status = this.#gone && !response.headersSent ? 499 : response.statusCode;
    durations.record(this.#startedAt, this.#method, this.route, status);
    if (this.route !== undefined) this.#span.updateName(`${this.#method} ${this.route}`);
    if (this.route !== undefined) this.#span.setAttribute('http.route', this.route);
    this.#span.setAttribute('http.response.status_code', status);
    if (status >= 500) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: this.reason });
      this.#span.setAttribute('error.type', this.reason ?? String(status));
    } else if (this.reason !== undefined) this.#span.setAttribute('jangbu.reason', this.reason);
    this.#span.end();
    const { traceId, spanId } = this.#span.spanContext();
    const ms = Math.round((performance.now() - this.#startedAt) * 10) / 10;
    log.info(
      {
        method: this.#method,
        route: this.route,
        status,
        reason: this.reason,
        ms,
        bytes: bodyBytesOf(response),
        principal: this.principal,
        request_id: this.shownId,
        trace_id: traceId,
        span_id: spanId,
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
