import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, createBrotliDecompress, createGunzip, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { encodeFrame } from '../grpcweb/frames.ts';
import { acceptedCoding, isCompressible } from './coding.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

/** Without a client that unpacks by itself. */
async function ask(path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  const [response] = (await once(httpRequest(world.url + path, { method, headers }).end(body), 'response')) as [
    IncomingMessage,
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

const long = 'long '.repeat(500);
const large = `/v1/echo?text=${encodeURIComponent(long)}`;

describe('MESH-1 which coding', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0.1, gzip;q=0', 'br'],
    ['br;q=0, *', 'gzip'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0, gzip', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=nonsense', undefined],
    ['gzip;q=2', undefined],
    ['deflate, zstd', undefined],
    [' br ; q=0.3 , gzip ; q=0.4 ', 'gzip'],
    [',,', undefined],
  ])('Accept-Encoding: %s → %s', (header, coding) => {
    expect(acceptedCoding(header, ['br', 'gzip'])).toBe(coding);
  });

  test.each([
    ['application/json', true],
    ['application/json; charset=utf-8', true],
    ['application/problem+json', true],
    ['application/x-ndjson', true],
    ['text/csv', true],
    ['text/event-stream', true],
    ['image/svg+xml', true],
    ['application/pdf', false],
    ['application/zip', false],
    ['application/gzip', false],
    ['image/png', false],
    ['video/mp4', false],
    ['application/octet-stream', false],
    ['application/grpc-web+proto', false],
    ['application/grpc-web-text+proto', false],
    ['', false],
  ])('%s: %s', (type, packed) => {
    expect(isCompressible(type)).toBe(packed);
  });
});

describe('MESH-1 compressed answers', () => {
  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('JSON as %s', async (coding, unpack) => {
    const { headers, body } = await ask(large, { headers: { 'accept-encoding': coding } });
    expect(headers).toMatchObject({
      'content-encoding': coding,
      'content-type': 'application/json',
      'content-length': String(body.length),
      vary: 'Accept-Encoding',
    });
    expect(body.length).toBeLessThan(500);
    expect(JSON.parse(unpack(body).toString())).toMatchObject({ text: long });
  });

  test('as it is where the caller asks for nothing, though others may get it in another way', async () => {
    const { headers, body } = await ask(large);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.vary).toBe('Accept-Encoding');
    expect(JSON.parse(body.toString())).toMatchObject({ text: long });
  });

  test('as it is where it is small', async () => {
    const { headers } = await ask('/v1/echo?text=a', { headers: { 'accept-encoding': 'gzip' } });
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, undefined]);
  });

  test('HEAD says what GET would', async () => {
    const asked = { headers: { 'accept-encoding': 'br' } };
    const got = await ask(large, asked);
    const head = await ask(large, { ...asked, method: 'HEAD' });
    expect(head.body.length).toBe(0);
    for (const name of ['content-encoding', 'content-length', 'vary', 'etag', 'content-type']) {
      expect(head.headers[name]).toBe(got.headers[name]);
    }
  });

  test.each([
    ['text/csv', 'gzip'],
    ['application/pdf', undefined],
    ['application/zip', undefined],
    ['image/png', undefined],
  ])('a document of type %s: %s', async (type, coding) => {
    const body = Buffer.alloc(5_000, 'abc,');
    const headers = { 'content-type': type, 'accept-encoding': 'gzip' };
    const answer = await ask('/v1/mirror', { method: 'POST', headers, body });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(coding ? gunzipSync(answer.body) : answer.body).toEqual(body);
  });

  test('gRPC-Web never: its frames are not for packing', async () => {
    const answer = await ask('/lab.v1.Lab/Echo', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto', 'accept-encoding': 'gzip, br' },
      body: encodeFrame(0, Buffer.concat([Buffer.from([10, 0xd0, 0x0f]), Buffer.alloc(2_000, 'a')])),
    });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body.toString()).toContain('grpc-status: 0');
  });

  test.each([
    ['gzip', createGunzip, 'application/x-ndjson'],
    ['br', createBrotliDecompress, 'text/event-stream'],
  ])(
    'a stream as %s: every message goes out by itself, and a caller that leaves ends it',
    async (coding, unpacker, accept) => {
      world.lab.cancelled.length = 0;
      const asked = httpRequest(`${world.url}/v1/counts?to=5&stayAt=2`, {
        headers: { 'accept-encoding': coding, accept },
      }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      expect(response.headers['content-encoding']).toBe(coding);
      let read = '';
      const unpacked = response.pipe(unpacker());
      unpacked.on('error', () => {});
      unpacked.on('data', (chunk) => {
        read += chunk.toString();
      });
      await expect.poll(() => read.match(/"count":/g)?.length).toBe(2);
      response.destroy();
      await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
    },
  );

  test('a stream that ends is whole, also where it ends with an error', async () => {
    const headers = { 'accept-encoding': 'gzip', accept: 'application/json' };
    const whole = await ask('/v1/counts?to=300', { headers });
    expect(JSON.parse(gunzipSync(whole.body).toString())).toHaveLength(300);
    const broken = await ask('/v1/counts?to=5&failAt=3', { headers });
    expect(JSON.parse(gunzipSync(broken.body).toString())).toMatchObject([{}, {}, { error: { code: 10 } }]);
  });

  test('a slow reader of a packed download slows the service down', async () => {
    world.lab.cancelled.length = 0;
    const asked = httpRequest(`${world.url}/v1/downloads?pieces=100000&pieceBytes=65536`, {
      headers: { 'accept-encoding': 'gzip' },
    }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.destroy();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Download']);
  });

  test('over HTTP/2, too', async () => {
    await using session = await openSession(world.url);
    const answer = await ask2(session, { ':path': large, 'accept-encoding': 'br' });
    expect(answer.headers['content-encoding']).toBe('br');
    expect(JSON.parse(brotliDecompressSync(answer.body).toString())).toMatchObject({ text: long });
    const head = await ask2(session, { ':path': large, ':method': 'HEAD', 'accept-encoding': 'br' });
    expect([head.headers['content-length'], head.text]).toEqual([String(answer.body.length), '']);
    const stream = await ask2(session, { ':path': '/v1/counts?to=30', 'accept-encoding': 'gzip' });
    expect(gunzipSync(stream.body).toString().trim().split('\n')).toHaveLength(30);
  });

  test('can be switched off, and told what to use', async () => {
    await using off = await startLabWorld({ COMPRESSION: 'off' });
    const plain = await fetch(off.url + large, { headers: { 'accept-encoding': 'gzip' } });
    expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([null, null]);
    await using gzipOnly = await startLabWorld({ COMPRESSION: 'gzip', COMPRESSION_MIN_BYTES: '1' });
    const small = await fetch(`${gzipOnly.url}/v1/echo`, { headers: { 'accept-encoding': 'br, gzip' } });
    expect(small.headers.get('content-encoding')).toBe('gzip');
  });
});
