import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { activeLine, csv, MONTH, moment, openBusiness, record, upload } from './business.ts';
import { request } from './http.ts';
import { act, newRides, newTown, untilRide } from './rides.ts';
import { buy, newGoods } from './store.ts';
import { SERVICES, theWorld, type World } from './world.ts';

let world: World;
/** Everything about people that this file has said to the mesh; none of it may be seen from outside. */
const personal: string[] = [];

/** A text that occurs nowhere else, made up of a readable part and chance. */
function madeUp(shape: (chance: string) => string): string {
  const text = shape(randomBytes(4).toString('hex'));
  personal.push(text);
  return text;
}

const digits = (chance: string) => String(Number.parseInt(chance, 16)).padStart(10, '7').slice(0, 8);
const traceId = randomBytes(16).toString('hex');
const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;

beforeAll(async () => {
  world = theWorld();
  const api = world.operator;
  const address = madeUp((chance) => `서울 종로구 ${chance}길 7`);
  const customer = await api.post<{ id: string; email: string }>(
    '/v1/customers',
    {
      displayName: madeUp((chance) => `홍길동${chance}`),
      email: madeUp((chance) => `hong-${chance}@example.com`),
      phone: madeUp((chance) => `+82-10-${digits(chance).slice(0, 4)}-${digits(chance).slice(4)}`),
      address,
    },
    randomUUID(),
  );

  const business = await openBusiness(api);
  const serviceNumber = madeUp((chance) => `019${digits(chance)}`);
  const line = await activeLine(api, { customerId: customer.id, offeringId: business.offeringId, serviceNumber });
  const unknown = { serviceNumber: madeUp((chance) => `018${digits(chance)}`) };
  const malformed = madeUp((chance) => `이것은-${chance}-기록이 아님`);
  await upload(api, business, csv([record(line, 1_000), record(unknown, 1), malformed]));

  const account = await api.post<{ id: string }>(
    '/v1/accounts',
    { customerId: customer.id, currency: 'KRW', kind: 'ACCOUNT_KIND_PREPAID' },
    randomUUID(),
  );
  const memo = madeUp((chance) => `용돈 ${chance}`);
  const money = { currency: 'KRW', amount: '50000' };
  await api.post(`/v1/accounts/${account.id}:topUp`, { amount: money, memo }, randomUUID());
  const goods = await newGoods(api, 10, '1000');
  await buy(api, customer.id, goods.id, 1);

  const town = newTown();
  await api.post('/v1/paymentMethods', { customerId: customer.id, token: 'tok_visa' }, randomUUID());
  const driver = await api.post<{ id: string }>(
    '/v1/drivers',
    {
      displayName: madeUp((chance) => `최기사${chance}`),
      vehicle: madeUp((chance) => `검은색 ${chance}`),
      phone: madeUp((chance) => `+82-11-${digits(chance).slice(0, 4)}-${digits(chance).slice(4)}`),
    },
    randomUUID(),
  );
  await api.post(`/v1/drivers/${driver.id}:goOnline`, { location: town(100) }, randomUUID());
  const ride = await api.post<{ id: string }>(
    '/v1/rides',
    {
      customerId: customer.id,
      offeringId: await newRides(api),
      pickup: { location: town(), address: madeUp((chance) => `병원 ${chance} 앞`) },
      dropoff: { location: town(3_000), address: madeUp((chance) => `집 ${chance}`) },
    },
    randomUUID(),
  );
  await untilRide(api, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: driver.id });
  await act(api, ride, 'accept', { driverId: driver.id, etaMinutes: 3 });
  await act(api, ride, 'board');
  await act(api, ride, 'end', { distanceMeters: '3000', durationSeconds: '300' });

  // Callers who write what belongs into a body into a path, a query, a key, or a field of another kind.
  const token = await world.token('operator');
  const note = madeUp((chance) => `park.${chance}@example.org`);
  const number = madeUp((chance) => `010${digits(chance)}`);
  const ask = (path: string, body?: object) =>
    request(`${world.gatewayUrl}${path}`, {
      token,
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { traceparent, tracestate: `who=${note}`, baggage: `who=${note}`, 'x-request-id': number },
    });
  const stray = madeUp((chance) => `kim.${chance}@example.net`);
  expect((await ask(`/v1/customers/${stray}`)).status).toBe(404);
  expect((await ask(`/v1/orders/${stray}`)).status).toBe(404);
  expect((await ask(`/nowhere/${stray}?email=${stray}`)).status).toBe(404);
  expect((await ask(`/v1/usageRecords?lineId=${stray}&period=${MONTH}`)).status).toBe(404);
  expect((await ask('/v1/customers', { displayName: stray, email: `${stray} is no address` })).status).toBe(400);
  const second = { customerId: customer.id, offeringId: business.offeringId, serviceNumber, apn: 'test.iot.kr' };
  expect((await ask('/v1/lines', { ...second, activateTime: moment(MONTH, 2) })).status).toBeLessThan(500);

  // The last to hear of it all is notification, which knows where people are reached.
  await until('the messages to be sent', 30_000, async () => {
    const messages = await api.list<Message>(`/v1/messages?customerId=${customer.id}`, 'messages');
    return messages.length >= 4 && messages.every(({ state }) => state !== 'MESSAGE_STATE_QUEUED') ? true : undefined;
  });
}, 120_000);

/** The lines that each process has written, of those that are ours. */
async function linesOf(name: string): Promise<string[]> {
  const files = (await readdir(world.mesh.logsDir)).filter((file) => file.startsWith(`${name}.log`));
  const texts = await Promise.all(files.map((file) => readFile(join(world.mesh.logsDir, file), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter(Boolean));
}

const processes = [...SERVICES, 'gateway'] as const;

describe('MESH-5 what is seen from outside names nobody', () => {
  test('no name, address or number is in any span, event or metric that was exported', async () => {
    // The gateway's answers to the strays were the last; what came before is there when their spans are.
    await until('the last spans', 20_000, async () => ((await world.spansOf(traceId)).length >= 6 ? true : undefined));
    // Metrics go out every ten seconds; one full turn later, all that was counted has gone.
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    expect(personal.length).toBeGreaterThan(12);
    expect(await world.foundInTelemetry([...personal, 'jangbu-notification', 'process OrderStateChanged'])).toEqual([
      'jangbu-notification',
      'process OrderStateChanged',
    ]);
  });

  test('nor in what Prometheus reads', async () => {
    for (const name of processes) {
      const text = await world.metricsOf(name);
      expect(personal.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });

  test.each(processes)('nor in the log of %s, each line of which is one event with the agreed fields', async (name) => {
    const lines = await linesOf(name);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const event = JSON.parse(line) as Record<string, unknown>;
      expect(event).toMatchObject({ level: expect.stringMatching(/^(debug|info|warn|error|fatal)$/), service: name });
      expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(event.msg).toEqual(expect.any(String));
      if (event.trace_id !== undefined) expect([event.trace_id, event.span_id]).toEqual(idsOfSpan);
      if (event.err !== undefined)
        expect(event.err).toMatchObject({ type: expect.any(String), message: expect.any(String) });
      expect(personal.filter((secret) => line.includes(secret))).toEqual([]);
    }
  });

  test('the access log says what was asked for by its route, by which kind of caller, and in which trace', async () => {
    const requests = (await linesOf('gateway')).map((line) => JSON.parse(line) as Record<string, unknown>);
    const own = requests.filter(({ trace_id }) => trace_id === traceId);
    expect(own.map(({ method, route, status, reason }) => [method, route, status, reason])).toEqual([
      ['GET', '/v1/customers/{customer}', 404, 'CUSTOMER_NOT_FOUND'],
      ['GET', '/v1/orders/{order}', 404, 'ORDER_NOT_FOUND'],
      ['GET', undefined, 404, expect.any(String)],
      ['GET', '/v1/usageRecords', 404, 'LINE_NOT_FOUND'],
      ['POST', '/v1/customers', 400, 'INVALID_REQUEST'],
      ['POST', '/v1/lines', expect.any(Number), undefined],
    ]);
    for (const each of own) {
      expect(each).toMatchObject({
        msg: 'request',
        principal: 'operator',
        ms: expect.any(Number),
        bytes: expect.any(Number),
        request_id: expect.any(String),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
      expect(each.bytes).toBeGreaterThan(0);
      expect(each).not.toHaveProperty('path');
    }
  });
});

const idsOfSpan = [expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{16}$/)];
