import { constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { openSocket } from '../../testing/rawSocket.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({ HEADERS_TIMEOUT_MS: '300', BODY_IDLE_MS: '300', KEEP_ALIVE_MS: '500' });
});
afterAll(() => world[Symbol.asyncDispose]());

const stillServes = async () => expect((await fetch(`${world.url}/v1/echo`)).status).toBe(200);

/** Sends a piece of text every 50 ms until the other side has enough. */
async function trickle(first: string, piece: string): Promise<string> {
  using raw = await openSocket(world.gateway.port);
  raw.socket.write(first);
  const timer = setInterval(() => raw.socket.write(piece), 50);
  await raw.closed;
  clearInterval(timer);
  return raw.received();
}

describe('MESH-8 slow senders do not keep a connection', () => {
  test.each([
    ['nothing at all', '', ''],
    ['a request line in pieces', 'GET /v1/', 'a'],
    ['one header after the other, for ever', 'GET /v1/echo HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n'],
    ['a header that never ends', 'GET /v1/echo HTTP/1.1\r\nhost: x\r\nx-a: ', 'b'],
    ['what may become HTTP/2', 'PRI * HT', ''],
  ])('%s', async (_, first, piece) => {
    expect(await trickle(first, piece)).toMatch(/^HTTP\/1\.1 408 [^\r]+\r\n.*DEADLINE_EXCEEDED/s);
    await stillServes();
  });

  test('a body that trickles in', async () => {
    const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n';
    expect(await trickle(`${head}content-length: 1000\r\n\r\n`, ' ')).toMatch(/^HTTP\/1\.1 504 .*DEADLINE_EXCEEDED/s);
    expect(await trickle(`${head}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n')).toMatch(/^HTTP\/1\.1 504 /);
  });

  test('an upload that stops in the middle', async () => {
    world.lab.cancelled.length = 0;
    world.lab.ended.length = 0;
    using raw = await openSocket(world.gateway.port);
    raw.socket.write('POST /v1/uploads HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nconnection: close\r\n\r\nabc');
    await raw.closed;
    expect(raw.received()).toMatch(/^HTTP\/1\.1 504 /);
    expect(world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    expect(world.lab.ended).toEqual([]);
  });

  test('an upload over HTTP/2 that stops in the middle', async () => {
    world.lab.cancelled.length = 0;
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/uploads', ':method': 'POST' });
    stream.on('error', () => {});
    stream.write('abc');
    const status = await new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])));
    expect(status).toBe(504);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    stream.close(constants.NGHTTP2_CANCEL);
  });

  test('a connection that asks for nothing more', async () => {
    using raw = await openSocket(world.gateway.port);
    raw.socket.write('GET /v1/echo HTTP/1.1\r\nhost: x\r\n\r\n');
    await raw.closed;
    expect(raw.received()).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('many of them at once leave room for others', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => openSocket(world.gateway.port)));
    for (const { socket } of slow) socket.write('GET /v1/echo HTTP/1.1\r\nx-a: ');
    await stillServes();
    await Promise.all(slow.map(({ closed }) => closed));
    for (const raw of slow) raw[Symbol.dispose]();
  });
});
