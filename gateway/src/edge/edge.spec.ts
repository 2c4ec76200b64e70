import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({ CORS_ORIGINS: 'http://shop.example', HEADERS_TIMEOUT_MS: '300' });
});
afterAll(() => world[Symbol.asyncDispose]());

/** Sends raw bytes and reads until the connection ends or falls silent. */
async function raw(bytes: string, port = world.gateway.port): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, 1_500))]);
  socket.destroy();
  return received;
}

describe('the edge', () => {
  test('health', async () => {
    expect(await (await fetch(`${world.url}/healthz`)).json()).toEqual({ status: 'SERVING' });
    const ready = (await (await fetch(`${world.url}/readyz`)).json()) as { upstreams: object };
    expect(Object.keys(ready.upstreams)).toHaveLength(1);
  });

  test('no origin may read unless it is named', async () => {
    const from = (origin: string) => fetch(`${world.url}/v1/echo`, { headers: { origin } });
    expect((await from('http://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const allowed = await from('http://shop.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('http://shop.example');
    expect(allowed.headers.get('vary')).toBe('Origin');
    const preflight = await fetch(`${world.url}/v1/echo`, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'HTTP/1.1 400'],
    ['too many headers', `GET /v1/echo HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 'HTTP/1.1 431'],
    ['a path too long', `GET /v1/echo/${'y'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 'HTTP/1.1 431'],
    ['headers that never end', 'GET /v1/echo HTTP/1.1\r\nhost: x\r\n', 'HTTP/1.1 408'],
    [
      'two lengths',
      'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
      'HTTP/1.1 400',
    ],
    ['a broken chunk', 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'HTTP/1.1 400'],
    ['the whole URL', 'GET http://x/v1/echo/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'HTTP/1.1 200'],
    ['a null in the path', 'GET /v1/echo/%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'HTTP/1.1 200'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'HTTP/1.1 404'],
    ['TRACE', 'TRACE /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'HTTP/1.1 405'],
    [
      'a header no metadata holds',
      'GET /v1/echo HTTP/1.1\r\nhost: x\r\ngrpc-metadata-a: \xe9\r\nconnection: close\r\n\r\n',
      'HTTP/1.1 400',
    ],
    [
      'two ways to be asked',
      'GET /v1/echo HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n\r\n',
      'HTTP/1.1 200',
    ],
  ])('%s', async (_, bytes, expected) => {
    expect(await raw(bytes)).toContain(expected);
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  });

  test('a request that runs while the gateway drains is still answered', async () => {
    await using own = await startLabWorld({ DRAIN_MS: '5000' });
    const running = fetch(`${own.url}/v1/sleep?ms=500`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const drained = own.gateway[Symbol.asyncDispose]();
    expect((await running).status).toBe(200);
    await drained;
    await expect(fetch(`${own.url}/healthz`)).rejects.toThrow();
  });
});
