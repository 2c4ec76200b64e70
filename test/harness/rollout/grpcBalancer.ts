import { once } from 'node:events';
import http2, { type ClientHttp2Session, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Balancing, Forwarded } from './balancing.ts';
import type { Endpoints } from './endpoints.ts';
import { ProxiedCall } from './proxiedCall.ts';

/**
 * Stands before the replicas of one service as a service mesh's proxy does: callers hold one connection to it, and every request
 * goes to the replica that has the fewest open.
 */
export class GrpcBalancer implements Balancing, AsyncDisposable {
  readonly endpoints: Endpoints;
  readonly forwarded: Forwarded = { requests: 0, unprocessed: 0, repeated: 0, failed: 0 };
  readonly #isIdempotent: (path: string) => boolean;
  readonly #server: Http2Server;
  readonly #callers = new Set<ServerHttp2Session>();
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #connected = new WeakSet<ClientHttp2Session>();

  constructor(endpoints: Endpoints, isIdempotent: (path: string) => boolean) {
    this.endpoints = endpoints;
    this.#isIdempotent = isIdempotent;
    this.#server = http2.createServer({ settings: { initialWindowSize: 1024 * 1024 } });
    this.#server.on('session', (session) => {
      this.#callers.add(session);
      session.on('error', () => {});
      session.once('close', () => this.#callers.delete(session));
    });
    this.#server.on('stream', (stream, headers) => new ProxiedCall(this, stream, headers));
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  isIdempotent(path: string): boolean {
    return this.#isIdempotent(path);
  }

  /** The connection to a replica; a new one where the old one takes no more requests. */
  session(address: string): ClientHttp2Session {
    const known = this.#sessions.get(address);
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`http://${address}`, { settings: { enablePush: false } });
    // Its streams hear of it by themselves.
    session.on('error', () => {});
    session.once('connect', () => this.#connected.add(session));
    this.#sessions.set(address, session);
    session.once('close', () => {
      if (this.#sessions.get(address) === session) this.#sessions.delete(address);
    });
    return session;
  }

  /** Whether the connection was ever made: on one that was not, nothing has reached the replica. */
  wasConnected(session: ClientHttp2Session): boolean {
    return this.#connected.has(session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of [...this.#callers, ...this.#sessions.values()]) session.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
