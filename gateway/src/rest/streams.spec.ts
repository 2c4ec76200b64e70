import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { startGateway } from '../../gateway.ts';
import { startGatewayProcess } from '../../testing/gatewayProcess.ts';
import { labImage } from '../../testing/labImage.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({ BODY_IDLE_MS: '1500' });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.lab.cancelled.length = 0;
  world.lab.ended.length = 0;
  world.lab.received = 0;
  world.lab.slow = false;
});

function upload(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  init: { url?: string; path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return fetch(`${init.url ?? world.url}${init.path ?? '/v1/uploads?name=a.csv'}`, {
    method: 'POST',
    body: ReadableStream.from(chunks),
    duplex: 'half',
    headers: { 'content-type': 'text/csv', ...init.headers },
    ...(init.signal ? { signal: init.signal } : {}),
  } as RequestInit);
}

function* block(count: number, size = 64 * 1024, hash = createHash('sha256')): Generator<Buffer> {
  for (let index = 0; index < count; index++) {
    const chunk = Buffer.alloc(size, `${index}-`);
    hash.update(chunk);
    yield chunk;
  }
}

describe('uploads', () => {
  test('arrive whole, in pieces, with the query in the first', async () => {
    const hash = createHash('sha256');
    const response = await upload(block(40, 100_000, hash));
    const json = (await response.json()) as Record<string, unknown>;
    expect(json).toMatchObject({
      name: 'a.csv',
      contentType: 'text/csv',
      bytes: '4000000',
      sha256: hash.digest('hex'),
    });
    expect(Number(json.largest)).toBeLessThanOrEqual(65_536);
    expect(world.lab.ended).toEqual(['/lab.v1.Lab/Upload']);
  });

  test('an empty file is one empty piece', async () => {
    const response = await upload([]);
    expect(await response.json()).toMatchObject({ name: 'a.csv', bytes: '0', pieces: 1 });
  });

  test('compressed bytes stay as they are', async () => {
    const response = await upload([Buffer.from([0x1f, 0x8b, 8, 0])], { headers: { 'content-encoding': 'gzip' } });
    expect(await response.json()).toMatchObject({ bytes: '4' });
  });

  test('a caller that goes away in the middle cancels the call, which never ends in order', async () => {
    const abort = new AbortController();
    const sent = upload(
      (async function* () {
        yield* block(10);
        await expect.poll(() => world.lab.received).toBe(10 * 65_536);
        abort.abort();
        await new Promise(() => {});
      })(),
      { signal: abort.signal },
    );
    await expect(sent).rejects.toThrow();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    expect(world.lab.ended).toEqual([]);
  });

  test.each(['FIN', 'RST'])('a connection cut by %s before Content-Length is reached cancels, too', async (how) => {
    const socket = connect(world.gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /v1/uploads?name=x HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf');
    await expect.poll(() => world.lab.received).toBe(4);
    if (how === 'FIN') socket.end();
    else socket.resetAndDestroy();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    expect(world.lab.ended).toEqual([]);
  });

  test('a sender that falls silent is given up', async () => {
    const response = await upload(
      (async function* () {
        yield Buffer.from('some');
        await new Promise((resolve) => setTimeout(resolve, 4_000));
      })(),
    );
    expect(response.status).toBe(504);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    expect(world.lab.ended).toEqual([]);
  });

  test('a refusal is answered while the body is still coming', async () => {
    let sent = 0;
    const response = await upload(
      (async function* () {
        for (const chunk of block(200)) {
          sent++;
          yield chunk;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })(),
      { path: '/v1/uploads?refuse=true' },
    );
    expect(response.status).toBe(403);
    expect(sent).toBeLessThan(150);
    expect(await response.json()).toMatchObject({ details: [{ reason: 'ACCESS_DENIED' }] });
  });

  test('a bad query is answered without reading the body', async () => {
    expect((await upload(block(3), { path: '/v1/uploads?colour=red' })).status).toBe(400);
  });

  test('200 MB pass through a gateway process in bounded memory, only as fast as the service takes them', async () => {
    await using gateway = await startGatewayProcess({
      DESCRIPTORS: world.image,
      UPSTREAMS: `127.0.0.1:${world.lab.port}`,
    });
    world.lab.slow = true;
    let produced = 0;
    const sent = upload(
      (async function* () {
        for (const chunk of block(3_200)) {
          produced += chunk.length;
          yield chunk;
        }
      })(),
      { url: gateway.url },
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(produced).toBeLessThan(32 * 1024 * 1024);
    world.lab.slow = false;
    const before = gateway.rssBytes();
    let most = before;
    const meter = setInterval(() => {
      most = Math.max(most, gateway.rssBytes());
    }, 100);
    const json = (await (await sent).json()) as Record<string, unknown>;
    clearInterval(meter);
    expect(json.bytes).toBe(String(3_200 * 65_536));
    expect(most - before).toBeLessThan(96 * 1024 * 1024);
  });

  test('a service that dies in the middle is a 503', async () => {
    using image = labImage();
    const child = fork(fileURLToPath(new URL('../../testing/labProcess.ts', import.meta.url)), [image.path]);
    const [port] = (await once(child, 'message')) as [number];
    const config = readConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      UPSTREAMS: `127.0.0.1:${port}`,
      DESCRIPTORS: image.path,
    });
    await using gateway = await startGateway(config);
    const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/uploads?name=x`, {
      method: 'POST',
      duplex: 'half',
      body: ReadableStream.from(
        (async function* () {
          yield* block(20);
          await new Promise((resolve) => setTimeout(resolve, 300));
          child.kill('SIGKILL');
          await new Promise((resolve) => setTimeout(resolve, 300));
          yield* block(20);
        })(),
      ),
    } as RequestInit);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({
      code: 14,
      message: 'the service does not answer',
      details: [{ reason: 'DEPENDENCY_UNAVAILABLE' }, {}],
    });
    const dead = await fetch(`http://127.0.0.1:${gateway.port}/v1/echo`);
    expect(dead.status).toBe(503);
    expect(await dead.text()).not.toMatch(/ECONN|127\.0/);
  });
});

describe('downloads', () => {
  test('come as they are', async () => {
    const response = await fetch(`${world.url}/v1/downloads?pieces=50&pieceBytes=65536`);
    expect(response.headers.get('content-type')).toBe('text/csv');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.length).toBe(50 * 65_536);
    expect(bytes.at(-1)).toBe(49);
  });

  test('an empty one is an empty body', async () => {
    const response = await fetch(`${world.url}/v1/downloads`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test('one that breaks off is cut, so that nobody takes it for whole', async () => {
    const response = await fetch(`${world.url}/v1/downloads?pieces=5&pieceBytes=10&breakOff=true`);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect((await fetch(`${world.url}/v1/downloads?breakOff=true`)).status).toBe(500);
  });

  test('a slow reader slows the service down; one that leaves cancels it', async () => {
    const asked = httpRequest(`${world.url}/v1/downloads?pieces=4000&pieceBytes=65536`).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await once(response, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024);
    response.destroy();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Download']);
  });
});

describe('streams of messages', () => {
  const counted = [{ count: 1 }, { count: 2 }, { count: 3 }];
  async function stream(query: string, accept?: string) {
    const response = await fetch(`${world.url}/v1/counts?${query}`, accept ? { headers: { accept } } : {});
    return { type: response.headers.get('content-type'), status: response.status, text: await response.text() };
  }
  const lines = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  test.each([undefined, 'application/x-ndjson'])('as NDJSON for %s', async (accept) => {
    const { type, text } = await stream('to=3', accept);
    expect(type).toBe('application/x-ndjson');
    expect(lines(text)).toMatchObject(counted);
  });

  test('as events', async () => {
    const { type, text } = await stream('to=3', 'text/event-stream');
    expect(type).toBe('text/event-stream');
    expect(
      text
        .split('\n\n')
        .filter(Boolean)
        .map((event) => JSON.parse(event.replace('data: ', ''))),
    ).toMatchObject(counted);
  });

  test('as an array, also an empty one', async () => {
    expect(JSON.parse((await stream('to=3', 'application/json')).text)).toMatchObject(counted);
    expect(JSON.parse((await stream('to=0', 'application/json')).text)).toEqual([]);
  });

  test('a break in the middle is the last frame, one at the start an ordinary error', async () => {
    const error = { code: 10, message: 'tired', details: [{ reason: 'ETAG_MISMATCH' }] };
    expect(lines((await stream('to=3&failAt=3')).text)).toMatchObject([{ count: 1 }, { count: 2 }, { error }]);
    expect(JSON.parse((await stream('to=3&failAt=2', 'application/json')).text)).toMatchObject([
      { count: 1 },
      { error },
    ]);
    const events = (await stream('to=3&failAt=2', 'text/event-stream')).text;
    expect(events).toContain('event: error\ndata: {"code":10');
    expect((await stream('to=3&failAt=1')).status).toBe(409);
  });

  test.each([
    ['application/x-ndjson', /^{.*"count":1.*}\n$/],
    ['text/event-stream', /^data: {.*"count":1.*}\n\n$/],
  ])('%s: a message goes out as it comes, and a caller that leaves ends the call', async (accept, first) => {
    const leave = new AbortController();
    const url = `${world.url}/v1/counts?to=3&stayAt=1`;
    const response = await fetch(url, { headers: { accept }, signal: leave.signal });
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(first);
    expect(world.lab.cancelled).toEqual([]);
    leave.abort();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
  });

  test('a slow reader of messages slows the service down', async () => {
    const asked = httpRequest(`${world.url}/v1/counts?to=2000000000`).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await once(response, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024);
    response.destroy();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
  });

  test('in: one message a line, however it is cut', async () => {
    const body = '{"count":1}\n\n{"count":2}\r\n{"count":39}';
    const send = (chunks: string[]) =>
      upload(
        chunks.map((chunk) => Buffer.from(chunk)),
        { path: '/v1/sums', headers: { 'content-type': 'application/x-ndjson' } },
      );
    expect(await (await send([body])).json()).toMatchObject({ count: 42 });
    expect(await (await send([...body])).json()).toMatchObject({ count: 42 });
    world.lab.ended.length = 0;
    expect((await send(['{"count":1}\n{"count":"x"}\n'])).status).toBe(400);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.lab.ended).toEqual([]);
  });

  test('both ways', async () => {
    const response = await upload([Buffer.from('{"text":"a"}\n{"text":"b"}')], {
      path: '/v1/chats',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(lines(await response.text())).toMatchObject([{ text: 'a' }, { text: 'b' }]);
  });
});
