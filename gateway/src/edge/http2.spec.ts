import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { openSocket } from '../../testing/rawSocket.ts';
import { encodeFrame } from '../grpcweb/frames.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({ CORS_ORIGINS: 'http://shop.example', MAX_REQUESTS_PER_CONNECTION: '20' });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.lab.cancelled.length = 0;
  world.lab.ended.length = 0;
  world.lab.received = 0;
});

const grpcWeb = { ':method': 'POST', 'content-type': 'application/grpc-web+proto' };

describe('MESH-1 HTTP/2 with prior knowledge, on the port of HTTP/1.1', () => {
  test('REST, errors, health and HEAD', async () => {
    await using session = await openSession(world.url);
    const got = await ask2(session, { ':path': '/v1/echo?text=a' });
    expect(got.status).toBe(200);
    expect(JSON.parse(got.text)).toMatchObject({ text: 'a' });
    expect(got.headers['x-content-type-options']).toBe('nosniff');
    const posted = await ask2(session, { ':path': '/v1/echo', ':method': 'POST' }, '{"text":"b"}');
    expect(JSON.parse(posted.text)).toMatchObject({ text: 'b' });
    expect(JSON.parse((await ask2(session, { ':path': '/v1/nothing' })).text)).toMatchObject({ code: 5 });
    expect((await ask2(session, { ':path': '/healthz' })).status).toBe(200);
    const head = await ask2(session, { ':path': '/v1/echo?text=a', ':method': 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
    const streamHead = await ask2(session, { ':path': '/v1/counts?to=3&stayAt=1', ':method': 'HEAD' });
    expect([streamHead.status, streamHead.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
    expect((await fetch(`${world.url}/v1/echo`)).status).toBe(200);
  });

  test('what the service sees: host, address and id', async () => {
    await using session = await openSession(world.url);
    const { text } = await ask2(session, {
      ':path': '/v1/metadata',
      ':authority': 'shop.example',
      'x-request-id': 'a1',
    });
    expect(JSON.parse(text).entries).toMatchObject({
      'x-forwarded-host': 'shop.example',
      'x-forwarded-for': expect.stringMatching(/127\.0\.0\.1$/),
      'x-request-id': 'a1',
    });
  });

  test('gRPC-Web: unary, a stream, a failure, CORS', async () => {
    await using session = await openSession(world.url);
    const echo = await ask2(
      session,
      { ...grpcWeb, ':path': '/lab.v1.Lab/Echo', origin: 'http://shop.example' },
      encodeFrame(0, Buffer.from([10, 1, 97])),
    );
    expect(echo.headers['access-control-allow-origin']).toBe('http://shop.example');
    expect(echo.body.subarray(0, 8)).toEqual(Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]));
    expect(echo.text).toContain('grpc-status: 0');
    const stream = await ask2(
      session,
      { ...grpcWeb, ':path': '/lab.v1.Lab/Count' },
      encodeFrame(0, Buffer.from([8, 3])),
    );
    expect(stream.text).toContain('grpc-status: 0');
    expect(stream.body.length).toBeGreaterThan(3 * 7);
    const unknown = await ask2(
      session,
      { ...grpcWeb, ':path': '/lab.v1.Lab/Nothing' },
      encodeFrame(0, Buffer.alloc(0)),
    );
    expect([unknown.status, unknown.text.includes('grpc-status: 12')]).toEqual([200, true]);
  });

  test('a stream goes out message by message, and a caller that leaves cancels the call', async () => {
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/counts?to=3&stayAt=2' });
    stream.setEncoding('utf8');
    let read = '';
    stream.on('data', (text) => {
      read += text;
    });
    await expect.poll(() => read.trim().split('\n').length).toBe(2);
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
  });

  test.each([
    ['is reset', constants.NGHTTP2_CANCEL],
    ['is reset without giving a reason', constants.NGHTTP2_NO_ERROR],
  ])('a call whose stream %s is cancelled', async (_, code) => {
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/sleep?ms=60000' });
    stream.on('error', () => {});
    await ask2(session, { ':path': '/v1/echo' });
    stream.close(code);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Sleep']);
  });

  test('a session that is gone cancels all its calls', async () => {
    const session = await openSession(world.url);
    const calls = [1, 2, 3].map(() => session.request({ ':path': '/v1/sleep?ms=60000' }));
    for (const stream of calls) stream.on('error', () => {});
    await ask2(session, { ':path': '/v1/echo' });
    await session[Symbol.asyncDispose]();
    await expect.poll(() => world.lab.cancelled).toHaveLength(3);
  });

  test('an upload arrives whole', async () => {
    await using session = await openSession(world.url);
    const body = Buffer.alloc(1_000_000, 'abc');
    const { text } = await ask2(session, { ':path': '/v1/uploads?name=a', ':method': 'POST' }, body);
    expect(JSON.parse(text)).toMatchObject({
      bytes: '1000000',
      sha256: createHash('sha256').update(body).digest('hex'),
    });
  });

  test.each([
    ['is reset', constants.NGHTTP2_CANCEL],
    ['is reset without giving a reason', constants.NGHTTP2_NO_ERROR],
  ])('an upload that %s in the middle is never taken for whole', async (_, code) => {
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/uploads?name=a', ':method': 'POST' });
    stream.on('error', () => {});
    stream.write(Buffer.alloc(50_000));
    await expect.poll(() => world.lab.received).toBe(50_000);
    stream.close(code);
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Upload']);
    expect(world.lab.ended).toEqual([]);
  });

  test('a refusal in the middle of an upload is read, and the upload ends', async () => {
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/echo', ':method': 'POST', 'content-length': 100_000_000 });
    stream.on('error', () => {});
    stream.write(Buffer.alloc(10_000));
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(413);
    stream.close();
  });

  test('a download that breaks off is cut, so that nobody takes it for whole', async () => {
    await using session = await openSession(world.url);
    await expect(ask2(session, { ':path': '/v1/downloads?pieces=5&pieceBytes=10&breakOff=true' })).rejects.toThrow();
  });

  test('a slow reader slows the service down', async () => {
    await using session = await openSession(world.url);
    const stream = session.request({ ':path': '/v1/downloads?pieces=4000&pieceBytes=65536' });
    stream.on('error', () => {});
    await once(stream, 'response');
    await once(stream, 'readable');
    const before = process.memoryUsage().rss;
    for (let turn = 0; turn < 20; turn++) await ask2(session, { ':path': '/v1/sleep?ms=20' });
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => world.lab.cancelled).toContain('/lab.v1.Lab/Download');
  });

  test('requests on one session run at the same time, up to the limit that the gateway names', async () => {
    await using session = await openSession(world.url);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(20);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask2(session, { ':path': `/v1/echo?count=${index}` })),
    );
    expect(answers.map(({ text }) => JSON.parse(text).count)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('the first bytes may come one by one', async () => {
    using raw = await openSocket(world.gateway.port);
    for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
      raw.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    raw.socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    // The gateway's own settings, then the acknowledgement of these.
    await expect.poll(() => raw.received().length).toBeGreaterThanOrEqual(18);
    expect(raw.received().charCodeAt(3)).toBe(4);
    using plain = await openSocket(world.gateway.port);
    for (const byte of 'PUT /v1/nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n') {
      plain.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await plain.closed;
    expect(plain.received()).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('while it drains: open requests end, then the session', async () => {
    await using own = await startLabWorld({ DRAIN_MS: '20000' });
    const session = await openSession(own.url);
    const running = ask2(session, { ':path': '/v1/sleep?ms=600' });
    await ask2(session, { ':path': '/v1/echo' });
    const closed = once(session, 'close');
    const drained = own.gateway[Symbol.asyncDispose]();
    expect((await running).status).toBe(200);
    await Promise.all([closed, drained]);
  });

  test('what does not end while it drains is cut', async () => {
    await using own = await startLabWorld({ DRAIN_MS: '100' });
    const session = await openSession(own.url);
    // A download that nobody reads: unlike a stream of messages it is not told to end.
    const stream = session.request({ ':path': '/v1/downloads?pieces=1000&pieceBytes=100000' });
    stream.on('error', () => {});
    await once(stream, 'response');
    const closed = once(session, 'close');
    await own.gateway[Symbol.asyncDispose]();
    await closed;
  });
});

describe('MESH-8 HTTP/2 that is abused', () => {
  test('streams opened and reset in a hurry end the session, not the gateway', async () => {
    await using own = await startLabWorld({ HTTP2_RESET_BURST: '50', HTTP2_RESET_RATE: '1' });
    const session = await openSession(own.url);
    const ended = once(session, 'goaway');
    for (let turn = 0; turn < 40 && !session.closed; turn++) {
      for (let index = 0; index < 20 && !session.closed; index++) {
        const stream = session.request({ ':path': '/v1/sleep?ms=1000' });
        stream.on('error', () => {});
        stream.close(constants.NGHTTP2_CANCEL);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await ended;
    await session[Symbol.asyncDispose]();
    expect((await fetch(`${own.url}/v1/echo`)).status).toBe(200);
  });

  test('a flood of pings ends the session', async () => {
    const session = await openSession(world.url);
    const closed = once(session, 'close');
    const flood = setInterval(() => {
      for (let index = 0; index < 8 && !session.destroyed; index++) session.ping(() => {});
    }, 5);
    await closed;
    clearInterval(flood);
    expect((await fetch(`${world.url}/v1/echo`)).status).toBe(200);
  });

  test('whoever greets and then says nothing, or not even all of the greeting, is sent away', async () => {
    await using own = await startLabWorld({ HEADERS_TIMEOUT_MS: '200', KEEP_ALIVE_MS: '400' });
    using greeting = await openSocket(own.gateway.port);
    greeting.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await greeting.closed;
    using half = await openSocket(own.gateway.port);
    half.socket.write('PRI * HT');
    await half.closed;
    const idle = await openSession(own.url);
    await once(idle, 'close');
  });

  test('headers that trickle in keep no session', async () => {
    await using own = await startLabWorld({ HEADERS_TIMEOUT_MS: '200', KEEP_ALIVE_MS: '400' });
    using raw = await openSocket(own.gateway.port);
    raw.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    raw.socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    // The head of a HEADERS frame of 1,000 bytes, and then a byte now and then.
    raw.socket.write(Buffer.from([0, 3, 232, 1, 5, 0, 0, 0, 1]));
    const trickle = setInterval(() => raw.socket.write(Buffer.from([0x88])), 50);
    await raw.closed;
    clearInterval(trickle);
  });
});
