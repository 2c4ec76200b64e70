import { once } from 'node:events';
import http, { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Endpoints } from './endpoints.ts';

/** Headers of one connection only. */
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'upgrade']);
const mostAttempts = 3;

/**
 * Stands before the gateways as an ingress does: requests of all connections are shared among the replicas over connections that are kept.
 * A request is sent again only when no connection could be made for it.
 */
export class HttpBalancer implements AsyncDisposable {
  readonly endpoints: Endpoints;
  readonly forwarded = { requests: 0, unprocessed: 0, failed: 0 };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #server = http.createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    this.forwarded.requests++;
    this.#forward(request, response, 1);
  });

  constructor(endpoints: Endpoints) {
    this.endpoints = endpoints;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #forward(request: IncomingMessage, response: ServerResponse, attempt: number): void {
    const endpoint = this.endpoints.pick();
    if (!endpoint) {
      this.#fail(response, 'no gateway is ready');
      return;
    }
    const [host, port] = endpoint.address.split(':');
    const upstream = http.request({
      ...{ host, port, agent: this.#agent, method: request.method ?? 'GET', path: request.url ?? '/' },
      headers: passing(request),
    });
    endpoint.open++;
    upstream.once('close', () => {
      endpoint.open--;
    });
    upstream.once('response', (answer) => pass(answer, response));
    upstream.once('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      else if (error.code === 'ECONNREFUSED' && attempt < mostAttempts) {
        // Nothing of it was read yet, so all of it is still there to be sent.
        this.forwarded.unprocessed++;
        this.#forward(request, response, attempt + 1);
      } else this.#fail(response, `${error.code ?? error.message} before an answer`);
    });
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    sendBody(request, upstream);
  }

  #fail(response: ServerResponse, why: string): void {
    this.forwarded.failed++;
    if (response.destroyed) return;
    response.writeHead(503, { 'content-type': 'text/plain' });
    response.end(`balancer: ${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

function passing({ headers }: IncomingMessage) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

function sendBody(request: IncomingMessage, upstream: ClientRequest): void {
  // Only when there is a connection, so that a request that finds none can go elsewhere.
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => request.pipe(upstream));
    else request.pipe(upstream);
  });
}

function pass(answer: IncomingMessage, response: ServerResponse): void {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name)));
  response.writeHead(answer.statusCode ?? 502, headers);
  response.flushHeaders();
  answer.pipe(response);
  // An answer that breaks off must not look whole.
  answer.once('aborted', () => response.destroy());
  answer.once('error', () => response.destroy());
}
