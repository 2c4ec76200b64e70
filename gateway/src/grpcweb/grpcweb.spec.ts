import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { create, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labImage } from '../../testing/labImage.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { loadContract } from '../contract/contract.ts';
import { decodeBase64, decodeFrames, encodeFrame, trailersFlag } from './frames.ts';

let world: LabWorld;
let probe: DescMessage;
let fail: DescMessage;
let count: DescMessage;
beforeAll(async () => {
  world = await startLabWorld({ CORS_ORIGINS: 'http://shop.example' });
  using image = labImage();
  const { registry } = loadContract(image.path);
  const message = (name: string) => registry.getMessage(`lab.v1.${name}`) as DescMessage;
  [probe, fail, count] = [message('Probe'), message('FailRequest'), message('CountRequest')];
});
afterAll(() => world[Symbol.asyncDispose]());

interface Answer {
  status: number;
  headers: Headers;
  messages: Buffer[];
  trailers: string[];
}

async function* one(bytes: Buffer) {
  yield bytes;
}

async function call(method: string, body: Buffer | Buffer[], headers: Record<string, string> = {}): Promise<Answer> {
  const type = headers['content-type'] ?? 'application/grpc-web+proto';
  const text = type.includes('-text');
  const parts = [body].flat();
  const response = await fetch(`${world.url}/lab.v1.Lab/${method}`, {
    method: 'POST',
    headers: { 'x-grpc-web': '1', ...headers, 'content-type': type },
    body: text ? parts.map((part) => part.toString('base64')).join('') : Buffer.concat(parts),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const answer: Answer = { status: response.status, headers: response.headers, messages: [], trailers: [] };
  for await (const { flags, payload } of decodeFrames(text ? decodeBase64(one(bytes)) : one(bytes), 1e9)) {
    if (flags & trailersFlag) answer.trailers = payload.toString().split('\r\n').filter(Boolean);
    else answer.messages.push(payload);
  }
  return answer;
}

const encode = (desc: DescMessage, init: object) => encodeFrame(0, toBinary(desc, create(desc, init as never)));
const texts = (answer: Answer) =>
  answer.messages.map((bytes) => {
    const message = fromBinary(probe, bytes);
    const field = probe.fields.find(({ name }) => name === 'text');
    return field && reflect(probe, message).get(field);
  });

describe('gRPC-Web', () => {
  test.each([
    'application/grpc-web',
    'application/grpc-web+proto',
    'application/grpc-web-text',
    'application/grpc-web-text+proto',
  ])('unary as %s', async (type) => {
    const answer = await call('Echo', encode(probe, { text: '안녕' }), { 'content-type': type });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type.endsWith('+proto') ? type : `${type}+proto`);
    expect(texts(answer)).toEqual(['안녕']);
    expect(answer.trailers).toContain('grpc-status: 0');
  });

  test('a message over several chunks, and several parts of base64', async () => {
    const frame = encode(probe, { text: 'x'.repeat(200_000) });
    const parts = [frame.subarray(0, 3), frame.subarray(3, 7), frame.subarray(7)];
    expect(texts(await call('Echo', parts, { 'content-type': 'application/grpc-web-text' }))).toEqual([
      'x'.repeat(200_000),
    ]);
    const bytes = await new Promise<Buffer>((resolve) => {
      const request = httpRequest(
        `${world.url}/lab.v1.Lab/Echo`,
        { method: 'POST', headers: { 'content-type': 'application/grpc-web' } },
        async (response) => resolve(Buffer.concat(await response.toArray())),
      );
      for (const byte of frame.subarray(0, 20)) request.write(Buffer.from([byte]));
      request.end(frame.subarray(20));
    });
    expect(bytes.length).toBeGreaterThan(200_000);
  });

  test('a compressed message', async () => {
    const packed = encodeFrame(1, gzipSync(encode(probe, { text: 'packed' }).subarray(5)));
    expect(texts(await call('Echo', packed, { 'grpc-encoding': 'gzip' }))).toEqual(['packed']);
    expect((await call('Echo', packed)).trailers).toContain('grpc-status: 13');
  });

  test('errors with details and a percent-encoded message', async () => {
    const answer = await call('Fail', encode(fail, { code: 9, message: '왜? 100%', reason: 'LAB' }));
    expect(answer.status).toBe(200);
    expect(answer.messages).toEqual([]);
    expect(answer.trailers).toContain('grpc-status: 9');
    expect(answer.trailers).toContain('grpc-message: %EC%99%9C? 100%25');
    expect(answer.trailers.find((line) => line.startsWith('grpc-status-details-bin: '))).toBeDefined();
  });

  test('a server stream, and one that breaks', async () => {
    expect((await call('Count', encode(count, { to: 1000 }))).messages).toHaveLength(1000);
    const broken = await call('Count', encode(count, { to: 5, failAt: 3 }));
    expect(broken.messages).toHaveLength(2);
    expect(broken.trailers).toContain('grpc-status: 10');
  });

  test('client streams and both ways', async () => {
    const frames = [1, 2, 39].map((each) => encode(probe, { count: each, text: String(each) }));
    expect((await call('Sum', frames)).messages).toHaveLength(1);
    expect(texts(await call('Chat', frames))).toEqual(['1', '2', '39']);
  });

  test('metadata of every kind, a method without an HTTP rule, an unknown one', async () => {
    const answer = await call('Metadata', encode(probe, {}), {
      'x-colour': 'red',
      'raw-bin': 'AQL6',
      'x-caller-authorization': 'no',
    });
    expect(answer.headers.get('lab-colour')).toBe('green');
    expect(answer.headers.get('lab-bytes-bin')).toBe('AQL6');
    expect(answer.trailers).toContain('lab-trailer: late');
    const sent = answer.messages[0]?.toString('latin1') ?? '';
    expect(sent).toContain('x-colour');
    expect(sent).toContain('0102fa');
    expect(sent).not.toContain('x-caller-authorization');
    expect((await call('Inner', encode(probe, {}))).trailers).toContain('grpc-status: 0');
    expect((await call('Nothing', encode(probe, {}))).trailers).toContain('grpc-status: 12');
  });

  test('a timeout', async () => {
    expect(
      (await call('Sleep', encodeFrame(0, Buffer.from([8, 0xd0, 0x0f])), { 'grpc-timeout': '50m' })).trailers,
    ).toContain('grpc-status: 4');
  });

  test.each([
    ['half a frame', Buffer.from([0, 0, 0, 0, 9, 1]), '3'],
    ['a frame without end', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), '8'],
    ['unknown flags', encodeFrame(0x40, Buffer.alloc(0)), '3'],
    ['bytes that are no message', encodeFrame(0, Buffer.from([0xff, 0xff])), '13'],
  ])('%s is refused', async (_, body, code) => {
    expect((await call('Echo', body)).trailers).toContain(`grpc-status: ${code}`);
  });

  test('base64 that is none', async () => {
    const response = await fetch(`${world.url}/lab.v1.Lab/Echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web-text' },
      body: '!!!!',
    });
    expect(Buffer.from(await response.text(), 'base64').toString()).toContain('grpc-status: 3');
  });

  test('a browser is asked first and may read what it needs', async () => {
    const preflight = await fetch(`${world.url}/lab.v1.Lab/Echo`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-grpc-web,authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://shop.example');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-grpc-web');
    const answer = await call('Metadata', encode(probe, {}), { origin: 'http://shop.example' });
    const exposed = answer.headers.get('access-control-expose-headers') ?? '';
    for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin', 'lab-colour'])
      expect(exposed).toContain(name);
  });
});
