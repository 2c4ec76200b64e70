import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ErrorInfoSchema } from '#google/rpc/error_details';
import { StatusSchema } from '#google/rpc/status';
import {
  frame,
  type GrpcWebAnswer,
  type GrpcWebRequest,
  grpcWebCall,
  grpcWebCallHttp2,
} from '../testing/grpcWebCall.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';
import { type Script, type ScriptAnswer, Scripts } from '../testing/scripts.ts';

let world: LabWorld;
let scripts: Scripts;
beforeAll(async () => {
  world = await startLabWorld();
  scripts = new Scripts(world.image);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.lab.started.length = 0;
});

const service = '/lab.script.v1.Scripted/';
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const data = [bytes('one'), bytes('two')];
const headers = [
  { name: 'x-custom-header', values: ['foo', 'bar', 'baz'] },
  { name: 'x-custom-bin', values: ['AA', '/+8'] },
];
const trailers = [
  { name: 'x-custom-trailer', values: ['bing', 'quux'] },
  { name: 'x-late-bin', values: ['AQIDBA'] },
];

function call(method: string, body: Buffer[], init: GrpcWebRequest = {}): Promise<GrpcWebAnswer> {
  return grpcWebCall(world.url, service + method, { ...init, body });
}

function play(method: string, script: Script, init: GrpcWebRequest = {}): Promise<GrpcWebAnswer> {
  return call(method, [scripts.frame(script)], init);
}

const read = ({ messages }: GrpcWebAnswer): ScriptAnswer[] => messages.map((message) => scripts.read(message));
const texts = (answer: GrpcWebAnswer) => read(answer).map((each) => each.data);
/** HTTP lets whoever stands in between join values with a comma, and Node's HTTP/2 does so. */
const joined = (values: (string | undefined)[] = []) => values.join(', ');
const valuesOf = ({ rawHeaders }: GrpcWebAnswer, name: string) =>
  rawHeaders.flatMap((header, index) =>
    index % 2 === 0 && header.toLowerCase() === name ? [rawHeaders[index + 1]] : [],
  );

const types = [
  'application/grpc-web',
  'application/grpc-web+proto',
  'application/grpc-web-text',
  'application/grpc-web-text+proto',
] as const;

function inMode(type: string, frames: Buffer[]): GrpcWebRequest & { body: Buffer[] } {
  const text = type.includes('-text');
  return {
    headers: { 'content-type': type },
    body: text ? frames.map((each) => Buffer.from(each.toString('base64'))) : frames,
  };
}

describe.each(types)('MESH-1 %s', (type) => {
  const mode = (method: string, frames: Buffer[]) => {
    const { body, headers: sent } = inMode(type, frames);
    return call(method, body, { headers: { ...sent, 'x-conformance-test': ['Value1', 'Value2'] } });
  };

  test.each([
    ['Unary', 1, ['one']],
    ['ServerStream', 1, ['one', 'two']],
    ['ClientStream', 3, ['one']],
    ['BidiStream', 3, ['one', 'two']],
  ])('%s: headers, messages, trailers', async (method, count, expected) => {
    const frames = [scripts.frame({ headers, data, trailers }), scripts.frame(), scripts.frame()].slice(0, count);
    const answer = await mode(method, frames);
    expect(answer.httpStatus).toBe(200);
    expect(answer.headers['content-type']).toMatch(new RegExp(`^${type.replace('+proto', '')}(\\+proto)?$`));
    expect(joined(valuesOf(answer, 'x-custom-header'))).toBe('foo, bar, baz');
    expect(valuesOf(answer, 'x-custom-bin')).toEqual(['AA', '/+8']);
    expect(texts(answer)).toEqual(expected);
    expect(answer.code).toBe(0);
    expect(joined(answer.trailers.get('x-custom-trailer'))).toBe('bing, quux');
    expect(answer.trailers.get('x-late-bin')).toEqual(['AQIDBA']);
    expect(answer.trailers.get('grpc-message') ?? ['']).toEqual(['']);
    const [first] = read(answer);
    expect(first?.requests).toBe(count);
    expect(first?.received.get('x-conformance-test')?.join(', ')).toBe('Value1, Value2');
    expect(first?.timeoutMs).toBeUndefined();
  });

  test('an error without messages, and one after two', async () => {
    const failure = { code: 13, message: 'stream failed' };
    const early = await mode('ServerStream', [scripts.frame({ headers, failure, trailers })]);
    expect([early.httpStatus, early.code, early.messages.length]).toEqual([200, 13, 0]);
    const late = await mode('ServerStream', [scripts.frame({ headers, data, failure, trailers })]);
    expect(texts(late)).toEqual(['one', 'two']);
    expect(late.trailers.get('grpc-message')).toEqual(['stream failed']);
    expect(joined(late.trailers.get('x-custom-trailer'))).toBe('bing, quux');
  });

  test('a stream that says nothing', async () => {
    const answer = await mode('ServerStream', [scripts.frame({ headers, trailers })]);
    expect([answer.code, answer.messages.length]).toEqual([0, 0]);
    expect(joined(valuesOf(answer, 'x-custom-header'))).toBe('foo, bar, baz');
    expect(joined(answer.trailers.get('x-custom-trailer'))).toBe('bing, quux');
  });

  test('messages of no bytes', async () => {
    for (const method of ['Unary', 'ServerStream', 'ClientStream', 'BidiStream']) {
      expect((await mode(method, [frame(new Uint8Array())])).code, method).toBe(0);
    }
  });

  test('5 MiB there and back', async () => {
    const size = 5 * 1024 * 1024;
    const answer = await mode('Unary', [scripts.frame({ padTo: size }, size)]);
    expect(answer.code).toBe(0);
    expect(read(answer)[0]?.padding).toBe(size);
  });
});

describe('MESH-1 frames and chunks', () => {
  test.each(types)('%s: every byte by itself', async (type) => {
    const { body, headers: sent } = inMode(type, [scripts.frame({ data })]);
    const single = [...Buffer.concat(body)].map((byte) => Buffer.from([byte]));
    expect(texts(await call('ServerStream', single, { headers: sent ?? {} }))).toEqual(['one', 'two']);
  });

  test('several messages in one chunk, cut in the middle of the next', async () => {
    const all = Buffer.concat([scripts.frame({ data }), scripts.frame(), scripts.frame()]);
    for (const cut of [1, 4, 5, 6, all.length - 6, all.length - 1]) {
      const answer = await call('ClientStream', [all.subarray(0, cut), all.subarray(cut)]);
      expect(read(answer)[0]?.requests).toBe(3);
    }
  });

  test('text: parts with padding, without it, all in one', async () => {
    const frames = [scripts.frame({ data }), scripts.frame(undefined, 1), scripts.frame(undefined, 2)];
    const parts = frames.map((each) => each.toString('base64'));
    const whole = Buffer.concat(frames).toString('base64');
    for (const text of [parts.join(''), whole, whole.replace(/=+$/, ''), whole.replace(/(.{60})/g, '$1\r\n')]) {
      const answer = await call('ClientStream', [Buffer.from(text)], {
        headers: { 'content-type': 'application/grpc-web-text' },
      });
      expect(read(answer)[0]?.requests, text).toBe(3);
    }
  });

  test.each([
    ['application/grpc-web', 'application/grpc-web-text', true],
    ['application/grpc-web-text', 'application/grpc-web', false],
    ['application/grpc-web-text', '*/*', true],
    ['application/grpc-web', 'text/html', false],
  ])('%s and Accept: %s', async (type, accept, text) => {
    const { body, headers: sent } = inMode(type, [scripts.frame({ data })]);
    const answer = await call('Unary', body, { headers: { ...sent, accept } });
    expect(answer.headers['content-type']?.includes('-text')).toBe(text);
    expect(texts(answer)).toEqual(['one']);
  });

  test('each answer of a stream goes out as it comes', async () => {
    const request = httpRequest(`${world.url + service}ServerStream`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web' },
    });
    request.end(scripts.frame({ data, delayMs: 300 }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const sizes: number[] = [];
    for await (const chunk of response) sizes.push(chunk.length);
    expect(sizes.length).toBeGreaterThanOrEqual(2);
  });

  test('a conversation in turns while the request is open', async () => {
    const request = httpRequest(`${world.url + service}BidiStream`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web' },
    });
    request.write(scripts.frame({ data, inTurn: true }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks = response[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toContain('one');
    request.write(scripts.frame());
    expect(String((await chunks.next()).value)).toContain('two');
    request.end();
    expect(String((await chunks.next()).value)).toContain('grpc-status: 0');
  });
});

describe('MESH-1 statuses', () => {
  test.each(Array.from({ length: 16 }, (_, index) => index + 1))(
    'code %i, in a unary call and in a stream',
    async (code) => {
      for (const method of ['Unary', 'ServerStream', 'ClientStream', 'BidiStream']) {
        const answer = await play(method, { failure: { code, message: `code ${code}` } });
        expect([answer.httpStatus, answer.code], method).toEqual([200, code]);
        expect(answer.trailers.get('grpc-message')).toEqual([`code ${code}`]);
        expect(answer.trailers.get('grpc-status-details-bin')).toBeUndefined();
      }
    },
  );

  test.each([
    [
      '\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\n',
      '%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%0A',
    ],
    ['100%', '100%25'],
    ['a\tb', 'a%09b'],
    ['', ''],
  ])('the message %j', async (message, encoded) => {
    const answer = await play('Unary', { failure: { code: 13, message } });
    expect(answer.trailers.get('grpc-message')).toEqual([encoded]);
    expect(decodeURIComponent(encoded)).toBe(message);
  });

  test('details are the service’s own, in base64 without padding, and no others', async () => {
    const detail = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'LAB', domain: 'lab.example' }));
    for (const code of [2, 4, 12, 14]) {
      const answer = await play('Unary', { failure: { code, message: 'm', details: [detail] } });
      const [encoded = ''] = answer.trailers.get('grpc-status-details-bin') ?? [];
      expect(encoded).toMatch(/^[A-Za-z0-9+/]+$/);
      const status = fromBinary(StatusSchema, Buffer.from(encoded, 'base64'));
      expect(Buffer.from(toBinary(StatusSchema, status))).toEqual(
        Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message: 'm', details: [detail] }))),
      );
    }
  });
});

describe('MESH-1 requests that break the protocol', () => {
  const one = () => scripts.frame({ data });
  test.each([
    ['Unary without a message', 'Unary', () => [], {}, 12],
    ['Unary with two', 'Unary', () => [one(), one()], {}, 12],
    ['ServerStream without a message', 'ServerStream', () => [], {}, 12],
    ['ServerStream with two', 'ServerStream', () => [one(), one()], {}, 12],
    ['ClientStream without a message', 'ClientStream', () => [], {}, 0],
    ['BidiStream without a message', 'BidiStream', () => [], {}, 0],
    ['a method of the contract that the server does not have', 'Missing', () => [one()], {}, 12],
    ['a method of no contract', 'Unknown', () => [one()], {}, 12],
    ['compression nobody knows, on a plain message', 'Unary', () => [one()], { 'grpc-encoding': 'foo' }, 12],
    ['zstd', 'Unary', () => [frame(scripts.message({ data }), 1)], { 'grpc-encoding': 'zstd' }, 12],
    [
      'a compressed message with identity',
      'Unary',
      () => [frame(scripts.message({ data }), 1)],
      { 'grpc-encoding': 'identity' },
      13,
    ],
    ['a compressed message that nobody announced', 'Unary', () => [frame(scripts.message({ data }), 1)], {}, 13],
    [
      'a compressed message that is no gzip',
      'Unary',
      () => [frame(bytes('nonsense'), 1)],
      { 'grpc-encoding': 'gzip' },
      3,
    ],
    ['half a prefix', 'ClientStream', () => [Buffer.alloc(3)], {}, 3],
    ['half a message', 'ClientStream', () => [one().subarray(0, 8)], {}, 3],
    ['trailers of the caller', 'Unary', () => [one(), frame(bytes('a: b\r\n'), 0x80)], {}, 3],
    ['a message that is no proto', 'Unary', () => [frame(Buffer.from([0xff, 0xff]))], {}, 13],
    ['a message of 4 GiB', 'Unary', () => [Buffer.from([0, 0xff, 0xff, 0xff, 0xff])], {}, 8],
    ['a codec nobody knows', 'Unary', () => [one()], { 'content-type': 'application/grpc-web+foo' }, 13],
    ['a timeout that is none', 'Unary', () => [one()], { 'grpc-timeout': '1s' }, 3],
    ['a timeout of nine digits', 'Unary', () => [one()], { 'grpc-timeout': '123456789m' }, 3],
  ] as [string, string, () => Buffer[], Record<string, string>, number][])(
    '%s',
    async (_, method, body, sent, code) => {
      const answer = await call(method, body(), { headers: sent });
      expect([answer.httpStatus, answer.code], answer.trailerText).toEqual([200, code]);
      expect(answer.trailers.get('grpc-status-details-bin')).toBeUndefined();
      expect(answer.trailerText).not.toMatch(/lab\.|ECONN|127\.0\.0\.1|node_modules|undefined/);
    },
  );

  test('a service nobody has', async () => {
    expect((await grpcWebCall(world.url, '/a.b.C/D', { body: [one()] })).code).toBe(12);
  });

  test.each(['DELETE', 'GET', 'PUT'])('%s instead of POST', async (method) => {
    const answer = await grpcWebCall(world.url, `${service}Unary`, { method, body: method === 'GET' ? [] : [one()] });
    expect(answer.httpStatus).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  test('gzip both where it is announced and where one message is plain', async () => {
    const packed = frame(gzipSync(scripts.message({ data })), 1);
    const answer = await call('ClientStream', [packed, scripts.frame()], {
      headers: { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'gzip' },
    });
    expect(read(answer)[0]).toMatchObject({ data: 'one', requests: 2 });
  });

  test('proto3 JSON as the codec', async () => {
    const body = frame(bytes('{"script":{"data":["b25l"],"trailers":[{"name":"a","values":["b"]}]}}'));
    const answer = await call('Unary', [body], { headers: { 'content-type': 'application/grpc-web+json' } });
    expect(answer.headers['content-type']).toBe('application/grpc-web+json');
    expect(JSON.parse(String(answer.messages[0]))).toMatchObject({ data: 'b25l', requests: 1 });
    expect(answer.trailers.get('a')).toEqual(['b']);
    const wrong = await call('Unary', [frame(bytes('{"nothing":1}'))], {
      headers: { 'content-type': 'application/grpc-web+json' },
    });
    expect(wrong.code).toBe(3);
  });
});

describe('MESH-1 metadata', () => {
  test('of the caller: everything but what belongs to the connection', async () => {
    const answer = await play(
      'Unary',
      {},
      {
        headers: {
          'x-one': 'a',
          'x-many': ['a', 'b, c'],
          'x-raw-bin': ['AA==', 'AQ'],
          'x-list-bin': 'AA==,AQ',
          'x-empty-bin': '',
          'x-grpc-test-echo-trailing-bin': '11250603',
          'user-agent': 'mine',
          'x-user-agent': 'grpc-web-javascript/0.1',
          te: 'trailers',
          cookie: 'a=b',
          authorization: 'Bearer t',
          'grpc-accept-encoding': 'br',
          'accept-encoding': 'br',
        },
      },
    );
    const received = read(answer)[0]?.received;
    expect(received?.get('x-one')).toEqual(['a']);
    expect(received?.get('x-many')?.join(', ')).toBe('a, b, c');
    expect(received?.get('x-raw-bin')).toEqual(['AA==', 'AQ==']);
    expect(received?.get('x-list-bin')).toEqual(['AA==', 'AQ==']);
    expect(received?.get('x-grpc-test-echo-trailing-bin')).toEqual(['11250603']);
    expect(received?.get('authorization')).toEqual(['Bearer t']);
    for (const name of [
      'cookie',
      'te',
      'x-grpc-web',
      'content-type',
      'host',
      'connection',
      'accept-encoding',
      'grpc-accept-encoding',
    ]) {
      if (name !== 'grpc-accept-encoding' && name !== 'content-type') expect(received?.has(name), name).toBe(false);
      expect(received?.get(name) ?? [], name).not.toContain('br');
    }
  });
});

describe('MESH-1 time', () => {
  test.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['9S', 9_000],
    ['8000m', 8_000],
    ['8000000u', 8_000],
    ['00000009S', 9_000],
    ['99999999S', 3_600_000],
  ])('grpc-timeout %s arrives', async (timeout, ms) => {
    const left = Number(read(await play('Unary', {}, { headers: { 'grpc-timeout': timeout } }))[0]?.timeoutMs);
    expect(left).toBeLessThanOrEqual(ms);
    expect(left).toBeGreaterThan(ms - 5_000);
  });

  test.each(['Unary', 'ServerStream', 'ClientStream', 'BidiStream'])('%s: the deadline passes', async (method) => {
    for (const timeout of ['100m', '100000u', '99999999n']) {
      const answer = await play(method, { data, delayMs: 10_000 }, { headers: { 'grpc-timeout': timeout } });
      expect(answer.code, timeout).toBe(4);
      expect(answer.trailers.get('grpc-status-details-bin')).toBeUndefined();
    }
  });

  test('a deadline of nothing has passed', async () => {
    expect((await play('Unary', { delayMs: 1_000 }, { headers: { 'grpc-timeout': '0m' } })).code).toBe(4);
  });

  /** Goes away once the call has arrived, and sees that the service hears of it. */
  async function leave(method: string, go: () => void): Promise<void> {
    await expect.poll(() => world.lab.started).toContain(service + method);
    world.lab.cancelled.length = 0;
    go();
    await expect.poll(() => world.lab.cancelled).toContain(service + method);
  }

  test.each(['Unary', 'ServerStream', 'ClientStream', 'BidiStream'])('%s: whoever leaves cancels', async (method) => {
    const request = httpRequest(world.url + service + method, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web' },
    });
    request.on('error', () => {});
    request.end(scripts.frame({ data: [...data, ...data], delayMs: 20_000 }));
    await leave(method, () => request.destroy());
  });

  test('whoever leaves before the request is complete cancels', async () => {
    const request = httpRequest(`${world.url + service}ClientStream`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web' },
    });
    request.on('error', () => {});
    request.write(scripts.frame({ data }));
    await leave('ClientStream', () => request.destroy());
  });
});

describe('MESH-1 over HTTP/2 with prior knowledge', () => {
  const over2 = (method: string, frames: Buffer[], init: GrpcWebRequest = {}) =>
    grpcWebCallHttp2(world.url, service + method, { ...init, body: frames });

  test.each([
    ['Unary', 1, ['one']],
    ['ServerStream', 1, ['one', 'two']],
    ['ClientStream', 3, ['one']],
    ['BidiStream', 3, ['one', 'two']],
  ])('%s', async (method, count, expected) => {
    const frames = [scripts.frame({ headers, data, trailers }), scripts.frame(), scripts.frame()].slice(0, count);
    for (const type of types) {
      const { body, headers: sent } = inMode(type, frames);
      const answer = await over2(method, body, { headers: sent ?? {} });
      expect([answer.httpStatus, answer.code]).toEqual([200, 0]);
      expect(texts(answer)).toEqual(expected);
      expect(joined(valuesOf(answer, 'x-custom-header'))).toBe('foo, bar, baz');
      expect(joined(answer.trailers.get('x-custom-trailer'))).toBe('bing, quux');
      expect(read(answer)[0]?.requests).toBe(count);
    }
  });

  test('errors, the deadline, no message and two, 5 MiB there and back', async () => {
    const failure = { code: 9, message: '왜?' };
    const failed = await over2('ServerStream', [scripts.frame({ data, failure })]);
    expect([texts(failed), failed.code]).toEqual([['one', 'two'], 9]);
    const late = await over2('Unary', [scripts.frame({ delayMs: 5_000 })], { headers: { 'grpc-timeout': '100m' } });
    expect(late.code).toBe(4);
    expect((await over2('Unary', [])).code).toBe(12);
    expect((await over2('Unary', [scripts.frame({}), scripts.frame({})])).code).toBe(12);
    const size = 5 * 1024 * 1024;
    expect(read(await over2('Unary', [scripts.frame({ padTo: size }, size)]))[0]?.padding).toBe(size);
    expect((await over2('Unary', [scripts.frame({})], { method: 'DELETE' })).httpStatus).toBe(405);
  });
});

describe('MESH-1 a gateway of the mesh', () => {
  test('names its reasons, has a deadline of its own and a limit for messages', async () => {
    await using mesh = await startLabWorld({ GRPC_WEB_MODE: 'mesh' });
    const call = (method: string, body: Buffer[]) => grpcWebCall(mesh.url, service + method, { body });
    const answer = await call('Unary', [scripts.frame({})]);
    expect(Number(scripts.read(answer.messages[0] ?? Buffer.alloc(0)).timeoutMs)).toBeGreaterThan(20_000);
    const unknown = await call('Unknown', [scripts.frame({})]);
    const [encoded = ''] = unknown.trailers.get('grpc-status-details-bin') ?? [];
    expect(Buffer.from(encoded, 'base64').toString()).toContain('METHOD_UNKNOWN');
    expect((await call('Unary', [scripts.frame({}, 5 * 1024 * 1024)])).code).toBe(8);
  });
});
