import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../testing/ask.ts';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { exchangeRaw } from '../../testing/rawSocket.ts';
import { encodeFrame } from '../grpcweb/frames.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({
    CORS_ORIGINS: 'http://shop.example',
    PASS_HEADERS: 'x-signature, X-Tenant',
    EXPOSE_METADATA: 'lab-colour',
  });
});
afterAll(() => world[Symbol.asyncDispose]());

const secure = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const webCall = {
  method: 'POST',
  headers: { 'content-type': 'application/grpc-web+proto' },
  body: encodeFrame(0, Buffer.alloc(0)),
};

describe('MESH-8 security headers', () => {
  const asked: [string, string, RequestInit][] = [
    ['a change', '/v1/echo', { method: 'POST' }],
    ['an error', '/v1/fail?code=13', {}],
    ['no such route', '/v1/nothing', {}],
    ['a stream', '/v1/counts?to=2', {}],
    ['a download', '/v1/downloads?pieces=1&pieceBytes=5', {}],
    ['a document', '/v1/mirror', { method: 'POST', body: '<script>', headers: { 'content-type': 'text/html' } }],
    ['gRPC-Web', '/lab.v1.Lab/Echo', webCall],
    ['health', '/healthz', {}],
    ['a preflight that is refused', '/v1/echo', { method: 'OPTIONS', headers: { origin: 'http://evil.example' } }],
  ];
  test.each(asked)('on %s', async (_, path, init) => {
    const { headers } = await fetch(world.url + path, init);
    expect(Object.fromEntries(headers)).toMatchObject(secure);
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
  });

  test('on a read, which may be kept if it is asked for again', async () => {
    const { headers } = await fetch(`${world.url}/v1/echo`);
    expect(Object.fromEntries(headers)).toMatchObject({ ...secure, 'cache-control': 'private, no-cache' });
  });

  test('on what is no HTTP', async () => {
    const received = await exchangeRaw(world.gateway.port, 'hello\r\n\r\n');
    for (const [name, value] of Object.entries(secure)) expect(received).toContain(`\r\n${name}: ${value}\r\n`);
  });

  test('over HTTP/2', async () => {
    await using session = await openSession(world.url);
    const { headers } = await ask2(session, { ':path': '/v1/nothing' });
    expect(headers).toMatchObject(secure);
  });
});

describe('MESH-1 CORS', () => {
  const preflight = (path: string, origin: string, wanted: string) =>
    fetch(world.url + path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': wanted },
    });

  test('a browser on an allowed origin may call gRPC-Web and read its status', async () => {
    const wanted = 'authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent,idempotency-key';
    const allowed = await preflight('/lab.v1.Lab/Echo', 'http://shop.example', wanted);
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': 'http://shop.example',
      'access-control-allow-headers': wanted,
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-max-age': '600',
    });
    expect(allowed.headers.get('vary')).toBe('Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
    const call = await fetch(`${world.url}/lab.v1.Lab/Metadata`, {
      ...webCall,
      headers: { ...webCall.headers, origin: 'http://shop.example' },
    });
    const exposed = call.headers.get('access-control-expose-headers')?.split(', ');
    for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin', 'lab-colour', 'lab-bytes-bin']) {
      expect(exposed).toContain(name);
    }
  });

  test('REST tells of its own headers, too', async () => {
    const { headers } = await ask(world.url, 'GET /v1/metadata', { headers: { origin: 'http://shop.example' } });
    const exposed = headers.get('access-control-expose-headers')?.split(', ');
    for (const name of ['etag', 'retry-after', 'ratelimit', 'ratelimit-policy', 'x-request-id', 'lab-colour']) {
      expect(exposed).toContain(name);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('any other origin may not', async () => {
    for (const origin of ['http://evil.example', 'null', 'http://shop.example.evil.example']) {
      expect((await preflight('/v1/echo', origin, 'content-type')).status).toBe(403);
      const { headers } = await ask(world.url, 'GET /v1/echo', { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('access-control-expose-headers')).toBeNull();
    }
  });

  test('none may where none is named', async () => {
    await using closed = await startLabWorld();
    const headers = { origin: 'http://shop.example', 'access-control-request-method': 'POST' };
    const refused = await fetch(`${closed.url}/v1/echo`, { method: 'OPTIONS', headers });
    expect([refused.status, refused.headers.get('vary')]).toEqual([403, null]);
  });
});

describe('MESH-1 which headers are handed on', () => {
  const entriesOf = async (headers: Record<string, string>, url = world.url) =>
    (await ask(url, 'GET /v1/metadata', { headers })).json.entries;

  test('those on the list, and no others', async () => {
    const entries = await entriesOf({ 'x-signature': 's', 'x-tenant': 't', 'payment-signature': 'p', 'x-other': 'o' });
    expect(entries).toMatchObject({ 'x-signature': 's', 'x-tenant': 't' });
    expect(Object.keys(entries)).not.toContain('payment-signature');
    expect(Object.keys(entries)).not.toContain('x-other');
    await using plain = await startLabWorld();
    expect(await entriesOf({ 'payment-signature': 'p' }, plain.url)).toMatchObject({ 'payment-signature': 'p' });
  });

  test('a header that is sent twice counts once, the first', async () => {
    const head = 'GET /v1/metadata HTTP/1.1\r\nhost: x\r\nconnection: close\r\n';
    const twice =
      'authorization: Bearer a\r\nauthorization: Bearer b\r\nidempotency-key: k1\r\nidempotency-key: k2\r\n';
    const received = await exchangeRaw(world.gateway.port, `${head}${twice}\r\n`);
    expect(received).toContain('"authorization":"Bearer a"');
    expect(received).toContain('"idempotency-key":"k1"');
  });

  test('response metadata on the list have their own name', async () => {
    const { headers } = await ask(world.url, 'GET /v1/metadata');
    expect([headers.get('lab-colour'), headers.get('grpc-metadata-lab-colour')]).toEqual(['green', null]);
    expect(headers.get('grpc-metadata-lab-bytes-bin')).toBe('AQL6');
  });
});
