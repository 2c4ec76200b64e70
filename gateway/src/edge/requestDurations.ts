import type { Attributes } from '@opentelemetry/api';
import { DurationsBy, durationHistogram } from '#shared/telemetry/durations';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/** A method by its name, if it is one of HTTP's own: callers may send any word, and each would be a series. */
export function methodName(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : '_OTHER';
}

/** How long requests take by method, route and status: as many series as there are of these, whatever callers send. */
export class RequestDurations {
  readonly #histogram = durationHistogram('http.server.request.duration', 'Duration of requests to the gateway');
  readonly #byRoute = new Map<string, DurationsBy<number>>();

  /** `route` is a template of the contract, never a path with ids; undefined where none fits. */
  record(startedAt: number, method: string, route: string | undefined, status: number): void {
    const key = `${method} ${route ?? ''}`;
    let durations = this.#byRoute.get(key);
    if (!durations) {
      const labels: Attributes = {
        'http.request.method': method,
        'url.scheme': 'http',
        ...(route !== undefined && { 'http.route': route }),
      };
      durations = new DurationsBy(this.#histogram, (code) => ({ ...labels, 'http.response.status_code': code }));
      this.#byRoute.set(key, durations);
    }
    durations.record(startedAt, status);
  }
}
