import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { answerBroken, lateHeaders, parserFault, tooManyConnections } from './brokenAnswer.ts';
import { CountedResponse } from './countedResponse.ts';
import { createHttp2Server } from './http2.ts';
import type { ServerLimits } from './serverLimits.ts';
import { sniff } from './sniff.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** So many connections over the limit are told so; further ones are dropped without a word. */
const toldOver = 100;

/**
 * One port for HTTP/1.1 and for HTTP/2 with prior knowledge: a connection's first bytes say which it is. The server of HTTP/1.1
 * is the one that listens, because its watch over slow senders runs only then.
 */
export class EdgeServer {
  readonly #http1: Server;
  readonly #http2: Http2Server;
  readonly #undecided = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #limits: ServerLimits;
  #connections = 0;

  constructor(handler: Handler, limits: ServerLimits) {
    this.#limits = limits;
    this.#http1 = createHttp1Server(handler, limits);
    this.#http2 = createHttp2Server(handler, limits);
    this.#http2.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    const [serveHttp1] = this.#http1.listeners('connection');
    this.#http1.removeAllListeners('connection');
    this.#http1.on('connection', (socket: Socket) => this.#accept(socket, serveHttp1 as (socket: Socket) => void));
  }

  async listen(port: number, host: string): Promise<number> {
    this.#http1.listen(port, host);
    await once(this.#http1, 'listening');
    return (this.#http1.address() as AddressInfo).port;
  }

  /** No new connections, open requests end; what is left after the limit is cut. */
  async close(limitMs: number): Promise<void> {
    const closed = once(this.#http1, 'close');
    this.#http1.close();
    for (const socket of this.#undecided) socket.destroy();
    for (const session of this.#sessions) session.close();
    // A connection whose request has just ended is idle only now.
    const sweep = setInterval(() => this.#http1.closeIdleConnections(), 50);
    const cut = setTimeout(() => {
      this.#http1.closeAllConnections();
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#undecided) socket.destroy();
    }, limitMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }

  #accept(socket: Socket, serveHttp1: (socket: Socket) => void): void {
    const { connections, headersMs } = this.#limits;
    this.#connections++;
    socket.once('close', () => {
      this.#connections--;
      this.#undecided.delete(socket);
    });
    if (this.#connections > connections) {
      this.#refuse(socket);
      return;
    }
    this.#undecided.add(socket);
    sniff(socket, headersMs, (words) => {
      this.#undecided.delete(socket);
      switch (words) {
        case 'http1':
          serveHttp1.call(this.#http1, socket);
          return;
        case 'http2':
          // A server of HTTP/1.1 lets callers hang up on their side only; here that is the end of all their streams.
          socket.allowHalfOpen = false;
          this.#http2.emit('connection', socket);
          return;
        case 'none':
          socket.on('error', () => {});
          answerBroken(socket, ...lateHeaders());
          return;
        default:
          words satisfies never;
      }
    });
  }

  #refuse(socket: Socket): void {
    const { connections } = this.#limits;
    socket.on('error', () => {});
    if (this.#connections > connections + toldOver) {
      socket.destroy();
      return;
    }
    socket.resume();
    answerBroken(socket, ...tooManyConnections(connections));
  }
}

function createHttp1Server(handler: Handler, limits: ServerLimits): Server {
  const server = createServer(
    {
      ServerResponse: CountedResponse as unknown as typeof ServerResponse,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // A body may take as long as its file is large; its pauses are limited where it is read.
      requestTimeout: 0,
      // Checked where an answer says what is wrong; Node's own would have no body.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
      keepAliveTimeout: limits.keepAliveMs,
      // A caller whose machine went away without a goodbye is noticed, also where a stream has nothing to say for hours.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    handler,
  );
  // Beyond twice the limit Node breaks the connection off; up to there the answer says what is wrong.
  server.maxHeadersCount = limits.headers * 2;
  // An expectation that nobody knows may be passed over; Node would refuse it without a word.
  server.on('checkExpectation', handler);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // In the middle of an answer there is no place for another one.
    const { _httpMessage: open } = socket as Socket & { _httpMessage?: ServerResponse };
    if (error.code === 'ECONNRESET' || open?.headersSent) socket.destroy();
    else answerBroken(socket as Socket, ...parserFault(error.code));
  });
  return server;
}
