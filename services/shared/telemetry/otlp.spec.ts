import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLogger } from './log.ts';
import { signalUrl } from './otlp.ts';
import { startTracing, tracer } from './tracing.ts';

test('MESH-5 an endpoint keeps the path that it has', () => {
  expect(signalUrl('http://collector:4318', 'traces')).toBe('http://collector:4318/v1/traces');
  expect(signalUrl('https://otlp.example.com/otlp/', 'metrics')).toBe('https://otlp.example.com/otlp/v1/metrics');
});

test('MESH-5 a collector that refuses is told of once, and once when it takes spans again', async () => {
  let status = 400;
  const bodies: Buffer[] = [];
  const collector = createServer(async (request, response) => {
    for await (const chunk of request) bodies.push(chunk as Buffer);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const said: string[] = [];
  const log = createLogger('sender', 'info', { write: (line) => void said.push(JSON.parse(line).msg) });
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const tracing = await startTracing('sender', url, undefined, log);
  const spanTaken = async () => {
    const before = bodies.length;
    tracer().startSpan('an operation').end();
    await expect.poll(() => bodies.length).toBeGreaterThan(before);
  };
  await spanTaken();
  await spanTaken();
  await expect.poll(() => said).toEqual(['telemetry is not taken; it is left out meanwhile']);
  status = 200;
  await spanTaken();
  await expect.poll(() => said.slice(1)).toEqual(['telemetry is taken again']);
  // Two processes of a service are told apart.
  expect(Buffer.concat(bodies).includes('service.instance.id')).toBe(true);
  await tracing[Symbol.asyncDispose]();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});
