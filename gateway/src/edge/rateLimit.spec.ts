import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Issuer, startIssuer } from '#test/conformance/issuer';
import { ask } from '../../testing/ask.ts';
import { startLabWorld } from '../../testing/labWorld.ts';
import { encodeFrame } from '../grpcweb/frames.ts';
import { RateLimit } from './rateLimit.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer[Symbol.asyncDispose]());

describe('MESH-1 the counting', () => {
  test('is by key, in windows', async () => {
    vi.useFakeTimers();
    try {
      const limit = new RateLimit('address', { count: 2, seconds: 10 }, 100);
      expect(await limit.take('a')).toMatchObject({ left: 1, refused: false });
      vi.advanceTimersByTime(4_000);
      expect(await limit.take('a')).toMatchObject({ left: 0, refused: false, resetMs: 6_000 });
      expect(await limit.take('a')).toMatchObject({ left: 0, refused: true, resetMs: 6_000 });
      expect(await limit.take('b')).toMatchObject({ left: 1, refused: false });
      vi.advanceTimersByTime(6_001);
      expect(await limit.take('a')).toMatchObject({ left: 1, refused: false });
    } finally {
      vi.useRealTimers();
    }
  });

  test('remembers so many callers and no more', async () => {
    const limit = new RateLimit('address', { count: 1, seconds: 60 }, 50);
    for (let index = 0; index < 500; index++) await limit.take(`caller ${index}`);
    expect(limit.keys).toBe(50);
    expect(await limit.take('caller 499')).toMatchObject({ refused: true });
    expect(await limit.take('caller 0')).toMatchObject({ refused: false });
  });

  test('forgets windows that are over', async () => {
    vi.useFakeTimers();
    try {
      const limit = new RateLimit('address', { count: 1, seconds: 1 }, 1_000);
      for (let index = 0; index < 100; index++) await limit.take(`caller ${index}`);
      vi.advanceTimersByTime(1_100);
      await limit.take('another');
      expect(limit.keys).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('MESH-1 rate limits', () => {
  test('are off unless configured', async () => {
    await using world = await startLabWorld();
    const { headers } = await ask(world.url, 'GET /v1/echo');
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  });

  test('per address: what is left is said, then a clear refusal', async () => {
    await using world = await startLabWorld({ RATE_LIMIT_PER_ADDRESS: '2/600', CORS_ORIGINS: '*' });
    const first = await ask(world.url, 'GET /v1/echo', { headers: { origin: 'http://shop.example' } });
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=2;w=600');
    expect(first.headers.get('ratelimit')).toBe('"address";r=1;t=600');
    expect(first.headers.get('access-control-expose-headers')).toContain('ratelimit, ratelimit-policy');
    await ask(world.url, 'GET /v1/echo');
    const refused = await ask(world.url, 'GET /v1/echo');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(590);
    expect(refused.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
    expect(refused.json).toMatchObject({
      code: 8,
      details: [
        { reason: 'RATE_LIMITED', domain: 'jangbu', metadata: { per: 'address', limit: '2', seconds: '600' } },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo' },
      ],
    });
    expect((await ask(world.url, 'GET /healthz')).status).toBe(200);
    const web = await fetch(`${world.url}/lab.v1.Lab/Echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: encodeFrame(0, Buffer.alloc(0)),
    });
    expect([web.status, (await web.text()).includes('grpc-status: 8')]).toEqual([200, true]);
  });

  test('per principal: by whom the token is of, whatever address; without a token by address', async () => {
    const { issuer: name, jwksUrl, audience } = issuer.oidc;
    await using world = await startLabWorld({
      OIDC_ISSUER: name,
      OIDC_JWKS_URL: jwksUrl,
      OIDC_AUDIENCE: audience,
      RATE_LIMIT_PER_PRINCIPAL: '2/600',
      TRUSTED_PROXIES: '1',
    });
    const as = async (sub: string, address = '192.0.2.1') => ({
      headers: { authorization: `Bearer ${await issuer.token({ sub })}`, 'x-forwarded-for': address },
    });
    const statuses = async (asked: RequestInit[]) => {
      const found = [];
      for (const init of asked) found.push((await ask(world.url, 'GET /v1/echo', init)).status);
      return found;
    };
    const anna = [await as('anna'), await as('anna', '192.0.2.2'), await as('anna', '192.0.2.3')];
    expect(await statuses(anna)).toEqual([200, 200, 429]);
    expect(await statuses([await as('bert')])).toEqual([200]);
    const nobody = { headers: { 'x-forwarded-for': '192.0.2.1' } };
    expect(await statuses([nobody, nobody, nobody])).toEqual([200, 200, 429]);
    expect(await statuses([{ headers: { 'x-forwarded-for': '192.0.2.9' } }])).toEqual([200]);
  });

  test('both at once: the headers tell of both, and bad tokens count for the address', async () => {
    const { issuer: name, jwksUrl, audience } = issuer.oidc;
    await using world = await startLabWorld({
      OIDC_ISSUER: name,
      OIDC_JWKS_URL: jwksUrl,
      OIDC_AUDIENCE: audience,
      RATE_LIMIT_PER_PRINCIPAL: '100/600',
      RATE_LIMIT_PER_ADDRESS: '3/600',
    });
    const headers = { authorization: `Bearer ${await issuer.token({ sub: 'anna' })}` };
    const good = await ask(world.url, 'GET /v1/echo', { headers });
    expect(good.headers.get('ratelimit')).toBe('"address";r=2;t=600, "principal";r=99;t=600');
    const bad = { headers: { authorization: 'Bearer nonsense' } };
    const statuses = [];
    for (let turn = 0; turn < 3; turn++) statuses.push((await ask(world.url, 'GET /v1/echo', bad)).status);
    expect(statuses).toEqual([401, 401, 429]);
  });

  test('nobody gets around them by inventing addresses', async () => {
    await using world = await startLabWorld({ RATE_LIMIT_PER_ADDRESS: '2/600' });
    const statuses = [];
    for (let turn = 0; turn < 3; turn++) {
      const headers = { 'x-forwarded-for': `192.0.2.${turn}`, forwarded: `for=192.0.2.${turn}` };
      statuses.push((await ask(world.url, 'GET /v1/echo', { headers })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
});
