import type { IncomingMessage, ServerResponse } from 'node:http';

export interface CorsConfig {
  /** Origins that browsers may call from; `*` is any. Empty: none. */
  origins: string[];
  /** How long a browser may remember a preflight, in seconds. */
  maxAgeSeconds: number;
}

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const exposed = [
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
  'etag',
  'x-request-id',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'www-authenticate',
  'allow',
  'content-disposition',
];

/** Lets a browser on an allowed origin read the answer; any other origin gets no such header. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, config: CorsConfig): boolean {
  const { origin } = request.headers;
  if (config.origins.length > 0) response.appendHeader('vary', 'Origin');
  if (origin === undefined) return false;
  if (!config.origins.includes('*') && !config.origins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  exposeHeaders(response, []);
  return true;
}

/** Makes further headers readable for the browser; does nothing where the origin is not allowed. */
export function exposeHeaders(response: ServerResponse, names: string[]): void {
  if (response.hasHeader('access-control-allow-origin')) {
    response.setHeader('access-control-expose-headers', [...new Set([...exposed, ...names])].join(', '));
  }
}

export function isPreflight(request: IncomingMessage): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.origin !== undefined &&
    request.headers['access-control-request-method'] !== undefined
  );
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse, config: CorsConfig): void {
  response.setHeader('access-control-allow-methods', methods);
  const wanted = request.headers['access-control-request-headers'];
  if (wanted !== undefined) response.setHeader('access-control-allow-headers', wanted);
  response.setHeader('access-control-max-age', String(config.maxAgeSeconds));
  response.appendHeader('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers');
  response.writeHead(204).end();
}
