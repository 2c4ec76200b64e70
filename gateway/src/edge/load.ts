import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '#shared/errors/fault';
import { isHttp2 } from './protocol.ts';

export interface LoadLimits {
  /** Most requests open at once, over all connections. */
  requests: number;
  /** Most of them that may be streams: those stay, and must leave room for the others. */
  streams: number;
  /** Most requests open at once on one connection. */
  requestsPerConnection: number;
}

/** A request and what it has been counted as, and where. */
interface Counted {
  readonly request: IncomingMessage;
  counted: boolean;
  countedStream: boolean;
  connection: Socket | undefined;
}

/** Counts what is open, and refuses what would be too much. */
export class Load {
  readonly #limits: LoadLimits;
  readonly #byConnection = new WeakMap<Socket, number>();
  #requests = 0;
  #streams = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  get open(): { requests: number; streams: number } {
    return { requests: this.#requests, streams: this.#streams };
  }

  enter(exchange: Counted): void {
    const { requests, requestsPerConnection } = this.#limits;
    if (this.#requests >= requests) throw overloaded('requests', requests);
    // A session of HTTP/2 has the limit as a setting and keeps it by itself; in HTTP/1.1 it is for who sends without waiting.
    const { request } = exchange;
    if (!isHttp2(request)) {
      const { socket } = request;
      const open = this.#byConnection.get(socket) ?? 0;
      if (open >= requestsPerConnection) {
        const message = `this connection has ${open} requests open already`;
        const metadata = { limit: String(requestsPerConnection) };
        throw new Fault('TOO_MANY_REQUESTS_OPEN', { message, metadata, retryAfterMs: 1_000 });
      }
      this.#byConnection.set(socket, open + 1);
      exchange.connection = socket;
    }
    this.#requests++;
    exchange.counted = true;
  }

  /** To be called before a stream begins. */
  enterStream(exchange: Counted): void {
    if (this.#streams >= this.#limits.streams) throw overloaded('streams', this.#limits.streams);
    this.#streams++;
    exchange.countedStream = true;
  }

  leave(exchange: Counted): void {
    if (exchange.counted) this.#requests--;
    if (exchange.countedStream) this.#streams--;
    const { connection } = exchange;
    if (connection) this.#byConnection.set(connection, (this.#byConnection.get(connection) ?? 1) - 1);
  }
}

function overloaded(what: string, limit: number): Fault {
  const metadata = { what, limit: String(limit) };
  return new Fault('OVERLOADED', { message: `too many ${what} are open`, metadata, retryAfterMs: 1_000 });
}
