import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Balancing } from './balancing.ts';

/** A request that is longer than this is not kept, and so not sent again. */
const keptBytes = 64 * 1024;
const mostAttempts = 3;
const unavailable = '14';

/**
 * One call on its way through the balancer. Messages, trailers, resets and the caller's deadline pass as they come, no faster than the other
 * side takes them. It is sent again only where that is safe: when no replica has looked at it (no connection,
 * REFUSED_STREAM, or a stream behind the last one that a GOAWAY names), or when it broke unanswered and its method is idempotent.
 */
export class ProxiedCall {
  readonly #balancer: Balancing;
  readonly #caller: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #isWhole = true;
  #requestEnded = false;
  #answered = false;
  #attempts = 0;
  readonly #tried = new Set<string>();
  #upstream: ClientHttp2Stream | undefined;

  constructor(balancer: Balancing, caller: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#balancer = balancer;
    this.#caller = caller;
    this.#headers = headers;
    balancer.forwarded.requests++;
    caller.on('error', () => {});
    caller.on('data', (chunk: Buffer) => this.#take(chunk));
    caller.once('end', () => {
      this.#requestEnded = true;
      this.#upstream?.end();
    });
    caller.once('close', () => {
      if (!this.#upstream?.closed) this.#upstream?.close(caller.rstCode || constants.NGHTTP2_CANCEL);
    });
    this.#send();
  }

  #take(chunk: Buffer): void {
    if (this.#keptBytes + chunk.length > keptBytes) this.#isWhole = false;
    else this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#upstream && !this.#upstream.write(chunk)) this.#caller.pause();
  }

  #send(): void {
    const endpoint = this.#balancer.endpoints.pick(this.#tried);
    if (!endpoint) {
      this.#fail('no replica is ready');
      return;
    }
    this.#attempts++;
    this.#tried.add(endpoint.address);
    const session = this.#balancer.session(endpoint.address);
    const { host: _host, ...headers } = this.#headers;
    const upstream = session.request({ ...headers, ':authority': endpoint.address }, { endStream: false });
    this.#upstream = upstream;
    endpoint.open++;
    for (const chunk of this.#kept) upstream.write(chunk);
    if (this.#requestEnded) upstream.end();
    upstream.on('drain', () => this.#caller.resume());
    upstream.on('response', (answer, flags) => this.#respond(upstream, answer, flags));
    upstream.on('error', () => {});
    upstream.once('close', () => {
      endpoint.open--;
      if (upstream === this.#upstream && !this.#caller.closed && !upstream.readableEnded)
        this.#broken(upstream.rstCode ?? 0, this.#balancer.wasConnected(session));
    });
  }

  #respond(upstream: ClientHttp2Stream, answer: IncomingHttpHeaders, flags: number): void {
    const caller = this.#caller;
    this.#answered = true;
    if (caller.closed || caller.destroyed) return;
    if (flags & constants.NGHTTP2_FLAG_END_STREAM) {
      caller.respond(answer, { endStream: true });
      return;
    }
    let trailers: IncomingHttpHeaders = {};
    upstream.once('trailers', (sent) => {
      trailers = sent;
    });
    caller.respond(answer, { waitForTrailers: true });
    caller.once('wantTrailers', () => caller.sendTrailers(trailers));
    upstream.on('data', (chunk: Buffer) => {
      if (!caller.write(chunk)) upstream.pause();
    });
    caller.on('drain', () => upstream.resume());
    upstream.once('end', () => {
      if (trailers['grpc-status'] !== undefined) caller.end();
      else caller.close(upstream.rstCode || constants.NGHTTP2_INTERNAL_ERROR);
    });
  }

  /** The replica's stream closed before it was answered whole. */
  #broken(code: number, connected: boolean): void {
    const { forwarded } = this.#balancer;
    if (this.#answered) {
      this.#caller.close(code || constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const mayRepeat = this.#isWhole && this.#attempts < mostAttempts;
    if (mayRepeat && (!connected || code === constants.NGHTTP2_REFUSED_STREAM)) {
      forwarded.unprocessed++;
      this.#send();
    } else if (mayRepeat && this.#balancer.isIdempotent(this.#headers[':path'] ?? '')) {
      forwarded.repeated++;
      this.#send();
    } else this.#fail(`reset with code ${code} before an answer`);
  }

  #fail(why: string): void {
    this.#balancer.forwarded.failed++;
    const answer = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': unavailable };
    this.#caller.respond({ ...answer, 'grpc-message': encodeURIComponent(why) }, { endStream: true });
  }
}
