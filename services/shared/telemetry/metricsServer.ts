import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';

/** A scrape brings hardly more than its headers; whoever sends them slower than this is no Prometheus. */
const headersMs = 5_000;

/**
 * `GET /metrics` in Prometheus' text format on a port of its own, which is never the one that callers reach. The exporter's own server would
 * take no "any free port" and leaves every address open, hence this one.
 */
export class MetricsServer implements AsyncDisposable {
  readonly reader: PrometheusExporter;
  readonly #server: Server;

  constructor() {
    // The scrape names the process; a scope that is always the same would only lengthen each series.
    this.reader = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
    this.#server = createServer({ headersTimeout: headersMs, requestTimeout: headersMs }, (request, response) => {
      const [path] = (request.url ?? '').split('?');
      if (path !== '/metrics') response.writeHead(404).end();
      else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
      else this.reader.getMetricsRequestHandler(request, response);
    });
  }

  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    // What is scraped must not keep a process that is about to end.
    this.#server.unref();
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
