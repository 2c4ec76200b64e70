import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../../deploy/local/sample/resources.ts';
import { activeLine, type Business, MONTH, newCustomer, newServiceNumber, openBusiness } from './business.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let business: Business;
let line: Line;
let strangersToken: string;

beforeAll(async () => {
  world = theWorld();
  business = await openBusiness(world.operator);
  const owner = await newCustomer(world.operator);
  const stranger = await newCustomer(world.operator);
  line = await activeLine(world.operator, { customerId: owner.id, offeringId: business.offeringId });
  strangersToken = await world.token('customer', stranger.id);
});

const url = (path: string) => `${world.gatewayUrl}${path}`;

describe('MESH-8 tokens', () => {
  test('MESH-8 no token, a token that is none, a wrongly signed and an expired one are refused', async () => {
    const path = url(`/v1/lines/${line.id}`);
    expect(await request(path)).toMatchObject({ status: 401, reason: 'UNAUTHENTICATED' });
    expect(await request(path, { token: 'not-a-token' })).toMatchObject({ status: 401, reason: 'TOKEN_INVALID' });
    expect(await request(path, { token: await world.forgedToken() })).toMatchObject({
      status: 401,
      reason: 'TOKEN_INVALID',
    });
    expect(await request(path, { token: await world.expiredToken() })).toMatchObject({
      status: 401,
      reason: 'TOKEN_EXPIRED',
    });
  });

  test('MESH-8 a customer may not call what is for operators', async () => {
    const body = JSON.stringify({ business: business.name });
    const close = await request(url(`/v1/periods/${MONTH}:close`), { method: 'POST', token: strangersToken, body });
    expect(close).toMatchObject({ status: 403, reason: 'ACCESS_DENIED' });
    expect(await request(url('/v1/customers'), { token: strangersToken })).toMatchObject({ status: 403 });
    expect(await request(url('/v1/deadLetters'), { token: strangersToken })).toMatchObject({ status: 403 });
  });

  test('MESH-8 another customer’s things are not found, by the same answer as things that do not exist', async () => {
    const paths = [
      ['GET', `/v1/lines/${line.id}`, `/v1/lines/${randomUUID()}`],
      ['GET', `/v1/lines/${line.id}/usage?period=${MONTH}`, `/v1/lines/${randomUUID()}/usage?period=${MONTH}`],
      ['GET', `/v1/customers/${line.customerId}`, `/v1/customers/${randomUUID()}`],
      ['GET', `/v1/mypages/${line.customerId}`, `/v1/mypages/${randomUUID()}`],
      ['GET', `/v1/accounts/${line.accountId}`, `/v1/accounts/${randomUUID()}`],
      ['POST', `/v1/lines/${line.id}:terminate`, `/v1/lines/${randomUUID()}:terminate`],
    ] as const;
    for (const [method, theirs, nobodys] of paths) {
      const options = { method, token: strangersToken, ...(method === 'POST' ? { body: '{}' } : {}) };
      const hidden = await request(url(theirs), options);
      const missing = await request(url(nobodys), options);
      expect({ path: theirs, status: hidden.status }).toEqual({ path: theirs, status: 404 });
      expect({ path: theirs, reason: hidden.reason }).toEqual({ path: theirs, reason: missing.reason });
    }
    expect(await world.operator.get(`/v1/lines/${line.id}`)).toMatchObject({ state: 'LINE_STATE_ACTIVE' });
  });

  test('MESH-8 a customer cannot order in another’s name, and sees only their own in lists', async () => {
    const order = await request(url('/v1/lines'), {
      method: 'POST',
      token: strangersToken,
      body: JSON.stringify({
        customerId: line.customerId,
        offeringId: business.offeringId,
        serviceNumber: newServiceNumber(),
        apn: 'test.iot.kr',
      }),
    });
    expect(order.status).toBe(404);
    const list = await request(url('/v1/lines'), { token: strangersToken });
    expect(JSON.parse(list.text).lines ?? []).toEqual([]);
  });
});

describe('MESH-1 what is not there', () => {
  test('MESH-1 an unknown path is 404, a known path by another HTTP method 404 or 405 or 501', async () => {
    const token = await world.token('operator');
    expect(await request(url('/v1/nothing'), { token })).toMatchObject({ status: 404, reason: 'ROUTE_NOT_FOUND' });
    const wrong = await request(url(`/v1/lines/${line.id}`), { method: 'DELETE', token });
    expect([404, 405, 501]).toContain(wrong.status);
    const verb = await request(url(`/v1/lines/${line.id}:explode`), { method: 'POST', token, body: '{}' });
    expect([404, 405, 501]).toContain(verb.status);
  });

  test('MESH-1 a refused request names each field', async () => {
    const token = await world.token('operator');
    const body = JSON.stringify({
      customerId: line.customerId,
      offeringId: business.offeringId,
      serviceNumber: '!',
      apn: '',
    });
    const answer = await request(url('/v1/lines'), { method: 'POST', token, body });
    expect(answer).toMatchObject({ status: 400, reason: 'INVALID_REQUEST' });
    expect([...answer.fields].sort()).toEqual(['line.apn', 'line.service_number']);
    const broken = await request(url('/v1/lines'), { method: 'POST', token, body: '{"customerId":' });
    expect(broken).toMatchObject({ status: 400, reason: 'INVALID_REQUEST' });
  });
});
