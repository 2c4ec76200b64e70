import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { MetricReader } from '@opentelemetry/sdk-metrics';
import { withUnits } from './prometheusNames.ts';

/** A scrape brings hardly more than its headers; whoever sends them slower than this is no Prometheus. */
const headersMs = 5_000;

/**
 * `GET /metrics` in Prometheus' text format, and nothing else, on a port of its own, which is never the one that callers reach. A metric that
 * cannot be read is left out; the scrape itself does not fail.
 */
export class MetricsServer implements AsyncDisposable {
  readonly #reader: MetricReader;
  readonly #server: Server;
  // The scrape names the process; a scope that is always the same would only lengthen each series.
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);

  constructor(reader: MetricReader) {
    this.#reader = reader;
    this.#server = createServer({ headersTimeout: headersMs, requestTimeout: headersMs }, (request, response) => {
      this.#answer(request, response).catch(() => response.writeHead(500).end());
    });
  }

  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    // What is scraped must not keep a process that is about to end.
    this.#server.unref();
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer({ url = '', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?');
    if (path !== '/metrics') response.writeHead(404).end();
    else if (method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
    else {
      const { resourceMetrics } = await this.#reader.collect();
      const text = this.#serializer.serialize(withUnits(resourceMetrics));
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
