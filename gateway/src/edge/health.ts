import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Upstreams } from '../upstream/upstreams.ts';

interface HealthSource {
  upstreams: Upstreams;
  isDraining(): boolean;
}

/**
 * `/healthz` says that the process lives; `/readyz` that it takes new requests. An upstream that is down does
 * not make the gateway unready, because the other services still answer through it; its state is shown.
 */
export function answerHealth(request: IncomingMessage, response: ServerResponse, source: HealthSource): boolean {
  if (request.url !== '/healthz' && request.url !== '/readyz') return false;
  const ready = request.url === '/healthz' || !source.isDraining();
  const body = JSON.stringify({
    status: ready ? 'SERVING' : 'NOT_SERVING',
    ...(request.url === '/readyz' ? { upstreams: source.upstreams.states() } : {}),
  });
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
  response.end(body);
  return true;
}
