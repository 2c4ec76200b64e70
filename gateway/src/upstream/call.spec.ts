import http2 from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UpstreamCall } from './call.ts';
import { Channel } from './channel.ts';
import { framed } from './outgoing.ts';

let server: http2.Http2Server;
let channel: Channel;
let serve: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

beforeEach(async () => {
  server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  channel = new Channel(`127.0.0.1:${(server.address() as AddressInfo).port}`, 1024 * 1024);
});

afterEach(async () => {
  channel.close();
  await new Promise((resolve) => server.close(resolve));
});

interface Heard {
  messages: Buffer[];
  status: StatusObject;
}

/** Calls, and reads the answer: at once, or only when `readNext` is settled. */
function call(
  metadata = new Metadata(),
  deadline?: Date,
  readNext: () => Promise<void> = async () => {},
): Promise<Heard> {
  return new Promise((resolve) => {
    const messages: Buffer[] = [];
    const upstream = new UpstreamCall(
      { channel, path: '/test.Service/Method', metadata, deadline },
      {
        onHeaders: () => {},
        onMessage: (message) => {
          messages.push(message);
          void readNext().then(() => upstream.read());
        },
        onStatus: (ended) => resolve({ messages, status: ended }),
      },
    );
    upstream.read();
    upstream.sendOnly(Buffer.from('hello'));
  });
}

const ok = { ':status': 200, 'content-type': 'application/grpc' };
const answer = (stream: http2.ServerHttp2Stream, trailers: http2.OutgoingHttpHeaders = { 'grpc-status': '0' }) => {
  stream.respond(ok, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
};

describe('MESH-1 a call of a service', () => {
  test('hears every message of a slow reader before the status', async () => {
    serve = (stream) => {
      answer(stream);
      for (let index = 0; index < 50; index++) stream.write(framed(Buffer.alloc(64 * 1024, index)));
      stream.end();
    };
    const heard = await call(new Metadata(), undefined, () => new Promise((resolve) => setImmediate(resolve)));
    expect(heard.messages.map((message) => message[0])).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(heard.status.code).toBe(status.OK);
  });

  test('puts a message together however it was cut', async () => {
    serve = (stream) => {
      answer(stream);
      const bytes = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.alloc(0)), framed(Buffer.from('three'))]);
      const send = (at: number) => {
        if (at === bytes.length) stream.end();
        else stream.write(bytes.subarray(at, at + 1), () => setImmediate(send, at + 1));
      };
      send(0);
    };
    expect((await call()).messages.map(String)).toEqual(['one', '', 'three']);
  });

  test.each([
    [
      'a failure with its text',
      { 'grpc-status': '5', 'grpc-message': 'no%20such%20%ED%95%9C' },
      status.NOT_FOUND,
      'no such 한',
    ],
    ['a text that is not encoded', { 'grpc-status': '9', 'grpc-message': '100%' }, status.FAILED_PRECONDITION, '100%'],
    ['no status at all', {}, status.UNKNOWN, 'Call ended without gRPC status'],
    ['a status that is none', { 'grpc-status': 'fine' }, status.UNKNOWN, 'Call ended without gRPC status'],
  ])('trailers with %s', async (_what, trailers, code, details) => {
    serve = (stream) => {
      answer(stream, trailers);
      stream.end();
    };
    expect((await call()).status).toMatchObject({ code, details });
  });

  test('trailers only, as headers', async () => {
    serve = (stream) => stream.respond({ ...ok, 'grpc-status': '7', 'grpc-message': 'no' }, { endStream: true });
    expect((await call()).status).toMatchObject({ code: status.PERMISSION_DENIED, details: 'no' });
  });

  test.each([
    [404, status.UNIMPLEMENTED],
    [401, status.UNAUTHENTICATED],
    [403, status.PERMISSION_DENIED],
    [400, status.INTERNAL],
    [429, status.UNAVAILABLE],
    [503, status.UNAVAILABLE],
    [500, status.UNKNOWN],
  ])('HTTP %i of something that is not gRPC', async (httpStatus, code) => {
    serve = (stream) => {
      stream.respond({ ':status': httpStatus, 'content-type': 'text/html' });
      stream.end('<html>');
    };
    expect((await call()).status.code).toBe(code);
  });

  test.each([
    [http2.constants.NGHTTP2_INTERNAL_ERROR, status.INTERNAL],
    [http2.constants.NGHTTP2_CANCEL, status.CANCELLED],
    [http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, status.RESOURCE_EXHAUSTED],
    [http2.constants.NGHTTP2_INADEQUATE_SECURITY, status.PERMISSION_DENIED],
  ])('a stream that is reset with code %i', async (reset, code) => {
    serve = (stream) => stream.close(reset);
    expect((await call()).status.code).toBe(code);
  });

  test('what the service refuses to look at is sent once more, and only once', async () => {
    let refusals = 1;
    let calls = 0;
    serve = (stream) => {
      calls++;
      if (refusals-- > 0) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      answer(stream);
      return stream.end(framed(Buffer.from('at last')));
    };
    expect((await call()).messages.map(String)).toEqual(['at last']);
    expect(calls).toBe(2);
    refusals = 5;
    calls = 0;
    expect((await call()).status.code).toBe(status.UNAVAILABLE);
    expect(calls).toBe(2);
  });

  test('a connection that breaks in the middle is a service that is away, whatever had come', async () => {
    serve = (stream) => {
      answer(stream);
      stream.write(framed(Buffer.from('one')), () => stream.session?.socket.destroy());
    };
    expect((await call()).status).toMatchObject({ code: status.UNAVAILABLE, details: 'Connection dropped' });
  });

  test('an end inside a message is no end', async () => {
    serve = (stream) => {
      answer(stream);
      stream.end(framed(Buffer.from('whole')).subarray(0, 7));
    };
    expect((await call()).status.code).toBe(status.INTERNAL);
  });

  test('a message that is too large, or compressed though nobody asked for it', async () => {
    serve = (stream) => {
      answer(stream);
      stream.end(framed(Buffer.alloc(1024 * 1024 + 1)));
    };
    expect((await call()).status.code).toBe(status.RESOURCE_EXHAUSTED);
    serve = (stream) => {
      answer(stream);
      const frame = framed(Buffer.from('x'));
      frame[0] = 1;
      stream.end(frame);
    };
    expect((await call()).status.code).toBe(status.INTERNAL);
  });

  test('a deadline is told to the service and kept here', async () => {
    let told: unknown;
    serve = (_stream, headers) => {
      told = headers['grpc-timeout'];
    };
    expect((await call(new Metadata(), new Date(Date.now() + 100))).status.code).toBe(status.DEADLINE_EXCEEDED);
    expect(told).toMatch(/^\d{1,3}m$/);
  });

  test('metadata of both kinds, also several values of one name', async () => {
    let seen: http2.IncomingHttpHeaders = {};
    serve = (stream, headers) => {
      seen = headers;
      answer(stream, { 'grpc-status': '0', 'a-bin': 'AQL6', plain: 'b' });
      stream.end();
    };
    const metadata = new Metadata();
    metadata.add('name', 'one');
    metadata.add('name', 'two');
    metadata.add('bytes-bin', Buffer.from([1, 2, 250]));
    const { status: ended } = await call(metadata);
    expect(seen).toMatchObject({
      name: 'one, two',
      'bytes-bin': 'AQL6',
      te: 'trailers',
      'content-type': 'application/grpc',
    });
    expect(ended.metadata.get('a-bin')).toEqual([Buffer.from([1, 2, 250])]);
    expect(ended.metadata.getMap()).toEqual({ 'a-bin': Buffer.from([1, 2, 250]), plain: 'b' });
  });
});

test('MESH-1 names that are one thing in HTTP may come twice in metadata', async () => {
  let seen: unknown;
  serve = (stream, headers) => {
    seen = headers.from;
    answer(stream);
    stream.end();
  };
  const metadata = new Metadata();
  metadata.add('from', 'one');
  metadata.add('from', 'two');
  expect((await call(metadata, new Date(Date.now() + 60_000))).status.code).toBe(status.OK);
  expect(seen).toBe('one');
});

test('MESH-1 large metadata does not end the connection that all calls share', async () => {
  let connections = 0;
  server.on('session', () => connections++);
  serve = (stream) => {
    answer(stream);
    stream.end();
  };
  const metadata = new Metadata();
  for (let index = 0; index < 20; index++) metadata.set(`large-${index}`, 'x'.repeat(4_000));
  await call(metadata);
  expect((await call()).status.code).toBe(status.OK);
  expect(connections).toBe(1);
});

test('MESH-1 a call that cannot even begin leaves no timer that would end the process', async () => {
  const unsendable = new Metadata();
  unsendable.toHttp2Headers = () => ({ 'no name': 'x' });
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const begin = () =>
    new UpstreamCall(
      { channel, path: '/test.Service/Method', metadata: unsendable, deadline: new Date(Date.now() + 60_000) },
      { onHeaders: () => {}, onMessage: () => {}, onStatus: () => {} },
    );
  expect(begin).toThrow();
  expect(timers()).toBe(before);
});

test('MESH-1 a service that answers before it has been told everything keeps no stream open', async () => {
  const closed: Promise<unknown>[] = [];
  serve = (stream) => {
    closed.push(new Promise((resolve) => stream.once('close', resolve)));
    stream.resume();
    answer(stream);
    stream.end();
  };
  const ended = Promise.withResolvers<StatusObject>();
  const upstream = new UpstreamCall(
    { channel, path: '/test.Service/Method', metadata: new Metadata(), deadline: undefined },
    { onHeaders: () => {}, onMessage: () => {}, onStatus: ended.resolve },
  );
  upstream.read();
  await upstream.send(Buffer.from('the first of many'));
  expect((await ended.promise).code).toBe(status.OK);
  expect(await upstream.send(Buffer.from('the second'))).toBe(false);
  upstream.end();
  await Promise.all(closed);
});

test('MESH-1 a channel that is closed makes no further connection', async () => {
  serve = (stream) => {
    answer(stream);
    stream.end();
  };
  let connections = 0;
  server.on('connection', () => connections++);
  expect((await call()).status.code).toBe(status.OK);
  channel.close();
  expect((await call()).status.code).toBe(status.UNAVAILABLE);
  expect(connections).toBe(1);
});

test('MESH-1 a connection whose other side is gone without a word is given up', async () => {
  const { port } = server.address() as AddressInfo;
  const relayed: Socket[] = [];
  const relay = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    for (const socket of [inner, outer]) relayed.push(socket.on('error', () => {}));
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  channel.close();
  channel = new Channel(`127.0.0.1:${(relay.address() as AddressInfo).port}`, 1024, 200);
  serve = (stream) => {
    answer(stream);
    stream.end();
  };
  expect((await call()).status.code).toBe(status.OK);
  for (const socket of relayed) socket.unpipe().pause();
  expect((await call(new Metadata(), new Date(Date.now() + 50))).status.code).toBe(status.DEADLINE_EXCEEDED);
  await expect.poll(async () => (await call(new Metadata(), new Date(Date.now() + 500))).status.code).toBe(status.OK);
  channel.close();
  for (const socket of relayed) socket.destroy();
  await new Promise((resolve) => relay.close(resolve));
});

test('MESH-1 a service that is only slow is asked whether it is there, and keeps its connection', async () => {
  const pinged = Promise.withResolvers<void>();
  let connections = 0;
  server.on('session', (session) => {
    connections++;
    session.on('ping', () => pinged.resolve());
  });
  serve = (stream, headers) => {
    if (headers['grpc-timeout'] !== undefined) return;
    void pinged.promise.then(() => {
      answer(stream);
      stream.end();
    });
  };
  const patient = call();
  expect((await call(new Metadata(), new Date(Date.now() + 50))).status.code).toBe(status.DEADLINE_EXCEEDED);
  expect((await patient).status.code).toBe(status.OK);
  expect(connections).toBe(1);
});

test('MESH-1 a channel: no service, a service that comes, goes and comes back', async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(channel.state).toBe('IDLE');
  expect((await call()).status.code).toBe(status.UNAVAILABLE);
  await expect.poll(() => channel.state).toBe('TRANSIENT_FAILURE');
  server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    answer(stream);
    stream.end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // It looks by itself, too.
  await expect.poll(() => channel.state).toBe('READY');
  expect((await call()).status.code).toBe(status.OK);
  // A service that says that it is going away gets no new calls, and the next one finds another connection.
  const [first] = sessions;
  first?.goaway();
  await expect.poll(async () => (await call()).status.code === status.OK && sessions.size > 1).toBe(true);
});

test('MESH-1 a connection that has served its number of calls takes no more, and another one takes over', async () => {
  const sessions = new Set<unknown>();
  serve = (stream) => {
    sessions.add(stream.session);
    answer(stream);
    stream.end(framed(Buffer.from('x')));
  };
  const first = channel;
  channel = new Channel(first.address, first.messageBytes, undefined, 10);
  const heard = await Promise.all(Array.from({ length: 35 }, () => call()));
  expect(heard.map(({ status: { code } }) => code)).toEqual(Array(35).fill(status.OK));
  expect(sessions.size).toBe(4);
  first.close();
});
