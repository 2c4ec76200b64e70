import { rm } from 'node:fs/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import type { HttpServer } from '../provider/http.ts';
import { startIssuer } from './issuer.ts';
import { requestToken } from './token.ts';

let folder: string;
let issuer: HttpServer;
const start = () =>
  startIssuer({ port: 0, dataDir: folder, audience: 'jangbu', clients: 'billing:s3cret,rating:other' });
const url = (path = '') => `http://127.0.0.1:${issuer.port}${path}`;
const verify = (token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(url('/jwks'))), { issuer: url(), audience: 'jangbu' });
const clientCredentials = (authorization: string, body = 'grant_type=client_credentials') =>
  fetch(url('/token'), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

beforeEach(async () => {
  folder = await temporaryFolder('issuer');
  issuer = await start();
});

afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('MESH-8 people get tokens that the published keys verify', async () => {
  const customer = await verify(await requestToken(url(), { role: 'customer', id: 'c-1' }));
  expect(customer.payload).toMatchObject({ sub: 'customer:c-1', roles: ['customer'], customer_id: 'c-1' });
  expect((customer.payload.exp ?? 0) - (customer.payload.iat ?? 0)).toBe(12 * 3600);
  const driver = await verify(await requestToken(url(), { role: 'driver', id: 'd-1' }));
  expect(driver.payload).toMatchObject({ roles: ['driver'], driver_id: 'd-1' });
});

test('MESH-8 a service gets its own token for its own secret only', async () => {
  const granted = (await (await clientCredentials(basic('billing:s3cret'))).json()) as { access_token: string };
  expect((await verify(granted.access_token)).payload).toMatchObject({ sub: 'service:billing', roles: ['service'] });
  for (const wrong of ['billing:other', 'nobody:s3cret', 'billing', ':']) {
    expect((await clientCredentials(basic(wrong))).status).toBe(401);
  }
});

test('MESH-8 tokens outlive a restart of the issuer, because its key is kept', async () => {
  const token = await requestToken(url(), { role: 'operator' });
  const { port } = issuer;
  await issuer[Symbol.asyncDispose]();
  issuer = await startIssuer({ port, dataDir: folder, audience: 'jangbu', clients: '' });
  expect((await verify(token)).payload.roles).toEqual(['operator']);
});

test('an expired token can be had for tests, and does not verify', async () => {
  await expect(verify(await requestToken(url(), { role: 'operator', expiresIn: -60 }))).rejects.toThrow(/exp/);
});

test.each([
  ['grant_type=password', /unsupported_grant_type/],
  ['grant_type=urn:jangbu:development&role=king', /role is none of/],
  ['grant_type=urn:jangbu:development&role=customer', /needs the customer's id/],
  ['grant_type=urn:jangbu:development&role=operator&expires_in=soon', /expires_in/],
  ['', /unsupported_grant_type/],
])('%s is refused', async (body, reason) => {
  const response = await clientCredentials('', body);
  expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(reason)]);
});
