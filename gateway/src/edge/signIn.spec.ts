import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Issuer, startIssuer } from '#test/conformance/issuer';
import { ask } from '../../testing/ask.ts';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { encodeFrame } from '../grpcweb/frames.ts';

let issuer: Issuer;
let world: LabWorld;
const settings = ({ oidc }: Issuer) => ({
  OIDC_ISSUER: oidc.issuer,
  OIDC_JWKS_URL: oidc.jwksUrl,
  OIDC_AUDIENCE: oidc.audience,
});
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startLabWorld(settings(issuer));
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const claims = { sub: 'anna', roles: ['customer'] };
const bearer = (token: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${token}`, ...more },
});

describe('MESH-8 sign-in at the edge', () => {
  test('a good token goes on to the service, and no token does not keep a call away from it', async () => {
    const token = await issuer.token(claims);
    const { status, json } = await ask(world.url, 'GET /v1/metadata', bearer(token));
    expect([status, json.entries.authorization]).toEqual([200, `Bearer ${token}`]);
    const none = await ask(world.url, 'GET /v1/metadata');
    expect([none.status, none.json.entries.authorization]).toEqual([200, undefined]);
  });

  const bad: [string, () => Promise<string> | string, string][] = [
    ['of another key', () => issuer.forged(claims), 'TOKEN_INVALID'],
    ['of another issuer', () => issuer.token(claims, { issuer: 'http://other' }), 'TOKEN_INVALID'],
    ['for another audience', () => issuer.token(claims, { audience: 'other' }), 'TOKEN_INVALID'],
    ['that has expired', () => issuer.token(claims, { expires: '-5m' }), 'TOKEN_EXPIRED'],
    ['without a subject', () => issuer.token({}), 'TOKEN_INVALID'],
    ['that is none', () => 'nonsense', 'TOKEN_INVALID'],
    ['that nobody signed', () => `${unsigned({ alg: 'none' })}.`, 'TOKEN_INVALID'],
    ['signed with a secret', () => signedWithSecret(), 'TOKEN_INVALID'],
    ['signed by an algorithm that is not among those allowed', () => signedWith('RS512'), 'TOKEN_INVALID'],
  ];
  test.each(bad)('a token %s is refused before anything else', async (_, make, reason) => {
    const answer = await ask(world.url, 'GET /v1/nothing', bearer(await make()));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(answer.json).toMatchObject({ code: 16, details: [{ reason, domain: 'jangbu' }] });
    expect(answer.text).not.toMatch(/jose|JWS|JWT|kid|ES256/);
  });

  function unsigned(header: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1_000);
    return `${part(header)}.${part({ ...claims, iss: issuer.oidc.issuer, aud: 'jangbu', iat: now, exp: now + 60 })}`;
  }
  function build(alg: string) {
    return new SignJWT(claims)
      .setProtectedHeader({ alg, kid: 'one' })
      .setIssuer(issuer.oidc.issuer)
      .setAudience('jangbu')
      .setExpirationTime('1m');
  }
  const signedWithSecret = () => build('HS256').sign(Buffer.from('a secret that is thirty-two bytes'));
  const signedWith = (alg: string) => build(alg).sign(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

  test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'token'])('%s is no bearer token', async (authorization) => {
    const answer = await ask(world.url, 'GET /v1/metadata', { headers: { authorization } });
    expect([answer.status, answer.json.details[0].reason]).toEqual([401, 'TOKEN_INVALID']);
  });

  test('what was checked is what goes on: no second header, no other way in', async () => {
    await using session = await openSession(world.url);
    const token = await issuer.token(claims);
    const { text } = await ask2(session, {
      ':path': '/v1/metadata',
      authorization: `Bearer ${token}`,
      'grpc-metadata-authorization': 'Bearer other',
      'x-caller-authorization': 'Bearer other',
    });
    expect(text).not.toContain('other');
    expect(JSON.parse(text).entries.authorization).toBe(`Bearer ${token}`);
  });

  test('clocks may differ as far as is said', async () => {
    const late = await issuer.token(claims, { expires: '-20s' });
    expect((await ask(world.url, 'GET /v1/echo', bearer(late))).status).toBe(200);
    await using strict = await startLabWorld({ ...settings(issuer), OIDC_CLOCK_SKEW_SECONDS: '5' });
    expect((await ask(strict.url, 'GET /v1/echo', bearer(late))).status).toBe(401);
  });

  test('gRPC-Web gets to know it where its clients look', async () => {
    const response = await fetch(`${world.url}/lab.v1.Lab/Echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto', authorization: 'Bearer nonsense' },
      body: encodeFrame(0, Buffer.alloc(0)),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('grpc-status: 16');
  });

  test('the issuer may change its keys while the gateway runs', async () => {
    await using own = await startIssuer();
    await using behind = await startLabWorld(settings(own));
    const before = await own.token(claims);
    expect((await ask(behind.url, 'GET /v1/echo', bearer(before))).status).toBe(200);
    await own.rotate();
    const after = await own.token(claims);
    // Keys are not asked for more than once in five seconds, whatever tokens name.
    await expect
      .poll(async () => (await ask(behind.url, 'GET /v1/echo', bearer(after))).status, {
        timeout: 20_000,
        interval: 500,
      })
      .toBe(200);
    const withdrawn = await own.forged(claims);
    expect((await ask(behind.url, 'GET /v1/echo', bearer(withdrawn))).status).toBe(401);
  });

  test('an issuer that does not answer is not the caller’s fault', async () => {
    const gone = await startIssuer();
    const token = await gone.token(claims);
    await gone[Symbol.asyncDispose]();
    await using behind = await startLabWorld(settings(gone));
    const answer = await ask(behind.url, 'GET /v1/echo', bearer(token));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.json).toMatchObject({ code: 14, details: [{ reason: 'DEPENDENCY_UNAVAILABLE' }, {}] });
    expect((await ask(behind.url, 'GET /v1/echo')).status).toBe(200);
  });

  test('without an issuer any token goes on unseen', async () => {
    await using open = await startLabWorld();
    const answer = await ask(open.url, 'GET /v1/metadata', bearer('nonsense'));
    expect([answer.status, answer.json.entries.authorization]).toEqual([200, 'Bearer nonsense']);
  });
});
