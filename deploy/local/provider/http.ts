import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

/** An answer that says no, thrown anywhere in a handler. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const largestBody = 1024 * 1024;

/** A small HTTP server for the stand-ins of foreign systems; `routes` are keyed by method and path, `GET /mails/*`. */
export async function serveHttp(
  routes: Record<string, Handler>,
  port: number,
  host = '127.0.0.1',
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(routes, request, response).catch((cause: unknown) => {
      const { status, code, message } =
        cause instanceof Refusal ? cause : { status: 500, code: 'server_error', message: String(cause) };
      // A handler may end the connection itself, as a misbehaving provider does.
      if (!response.headersSent && !response.destroyed)
        sendJson(response, status, { error: code, error_description: message });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
}

export interface HttpServer extends AsyncDisposable {
  server: Server;
  port: number;
}

async function answer(routes: Record<string, Handler>, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const first = `/${url.pathname.split('/')[1]}`;
  const handler = routes[`${request.method} ${url.pathname}`] ?? routes[`${request.method} ${first}/*`];
  if (!handler) throw new Refusal(404, 'not_found', `nothing answers ${request.method} ${url.pathname}`);
  await handler(request, response, url);
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Refusal(413, 'too_large', `a body may have ${largestBody} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readText(request));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
  }
  throw new Refusal(400, 'invalid_request', 'the body is not a JSON object');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
