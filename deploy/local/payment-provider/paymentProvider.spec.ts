import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import type { HttpServer } from '../provider/http.ts';
import { startPaymentProvider } from './paymentProvider.ts';

let folder: string;
let provider: HttpServer;
const url = (path: string) => `http://127.0.0.1:${provider.port}${path}`;
const start = () => startPaymentProvider({ port: 0, dataDir: folder, key: 'secret' });

const post = async (path: string, body: unknown, key?: string, signal?: AbortSignal) => {
  const response = await fetch(url(path), {
    method: 'POST',
    headers: { authorization: 'Bearer secret', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};
const read = async (path: string) => (await fetch(url(path))).json();
const behave = (behaviour: object) => post('/behaviour', behaviour);
const methodOf = async (token: string) => (await post('/v1/paymentMethods', { token })).body.id ?? '';
const order = async (more: object = {}, token = 'tok_visa') => ({
  ...{ payment_method: await methodOf(token), amount: '1100', currency: 'KRW', description: 'a ride', ...more },
});

beforeEach(async () => {
  folder = await temporaryFolder('payments');
  provider = await start();
});

afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('TAXI-4 one payment a key, also when many ask at once', async () => {
  const wanted = await order();
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/v1/payments', wanted, 'k')));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  // an amount as a number is the same amount; another one is another request
  expect((await post('/v1/payments', { ...wanted, amount: 1100 }, 'k')).status).toBe(200);
  expect(await post('/v1/payments', { ...wanted, amount: '1101' }, 'k')).toMatchObject({ status: 409 });
  expect(await read('/v1/payments?idempotency_key=k')).toMatchObject({
    payments: [{ status: 'captured', amount: '1100', currency: 'KRW' }],
  });
  expect(await read('/v1/payments?idempotency_key=other')).toEqual({ payments: [] });
});

test('TAXI-4 declined payments are remembered by their key', async () => {
  const declined = await order({}, 'tok_declined');
  const refused = { status: 402, body: { status: 'declined', decline_code: 'do_not_honor' } };
  expect(await post('/v1/payments', declined, 'k')).toMatchObject(refused);
  expect(await post('/v1/payments', declined, 'k')).toMatchObject(refused);
  const poor = await order({}, 'tok_insufficient_funds');
  expect(await post('/v1/payments', poor, 'k2')).toMatchObject({ body: { decline_code: 'insufficient_funds' } });
  await behave({ mode: 'decline' });
  const wanted = await order();
  expect(await post('/v1/payments', wanted, 'k3')).toMatchObject({ body: { decline_code: 'generic_decline' } });
  await behave({ mode: 'ok' });
  expect(await post('/v1/payments', wanted, 'k3')).toMatchObject({ status: 402 });
  expect(await read('/v1/payments?idempotency_key=k3')).toMatchObject({ payments: [{ status: 'declined' }] });
});

test('TAXI-4 nothing comes of a key that was cancelled; what has come stays', async () => {
  const wanted = await order();
  expect(await post('/v1/payments:cancel', wanted, 'k')).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(await post('/v1/payments', wanted, 'k')).toMatchObject({ status: 402, body: { status: 'canceled' } });
  await post('/v1/payments', wanted, 'k2');
  expect(await post('/v1/payments:cancel', wanted, 'k2')).toMatchObject({ body: { status: 'captured' } });
});

test('TAXI-4 gives back at most what was paid, once a key', async () => {
  const { body: payment } = await post('/v1/payments', await order(), 'k');
  const refund = { payment: payment.id, amount: '700', currency: 'KRW' };
  const [first, second] = await Promise.all(['r1', 'r1'].map((key) => post('/v1/refunds', refund, key)));
  expect(first?.body).toEqual(second?.body);
  expect(await post('/v1/refunds', refund, 'r2')).toMatchObject({ status: 422, body: { error: 'amount_too_large' } });
  expect(await post('/v1/refunds', { ...refund, currency: 'USD' }, 'r3')).toMatchObject({ status: 422 });
  expect(await read('/v1/refunds?idempotency_key=r1')).toMatchObject({ refunds: [{ status: 'refunded' }] });
  const balances = [{ currency: 'KRW', captured: '1100', refunded: '700', net: '400' }];
  expect(await read('/v1/balances')).toEqual({ balances });
  // and so after a restart, also behind half a written line
  await provider[Symbol.asyncDispose]();
  await appendFile(join(folder, 'payments.jsonl'), '{"kind":"refund","id":"x","amount":"4');
  provider = await start();
  expect(await read('/v1/balances')).toEqual({ balances });
  expect(await post('/v1/refunds', { ...refund, amount: '401' }, 'r4')).toMatchObject({ status: 422 });
  expect(await post('/v1/refunds', refund, 'r1')).toMatchObject({ status: 200, body: first?.body });
  expect(await post('/v1/payments', await order(), 'k')).toMatchObject({ status: 409 });
});

test('TAXI-4 it misbehaves as told', async () => {
  const wanted = await order();
  await behave({ mode: 'fail' });
  expect((await post('/v1/payments', wanted, 'k1')).status).toBe(503);
  await behave({ mode: 'lose' });
  await expect(post('/v1/payments', wanted, 'k2')).rejects.toThrow();
  await behave({ mode: 'hang' });
  await expect(post('/v1/payments', wanted, 'k3', AbortSignal.timeout(200))).rejects.toThrow(/timeout/);
  await behave({ mode: 'late', lateMs: 100 });
  await expect(post('/v1/payments', wanted, 'k4', AbortSignal.timeout(20))).rejects.toThrow(/timeout/);
  await expect
    .poll(() => read('/v1/payments?idempotency_key=k4'))
    .toMatchObject({ payments: [{ status: 'captured' }] });
  await behave({ mode: 'ok', webhooks: { copies: 3 } });
  expect(await read('/behaviour')).toEqual({
    mode: 'ok',
    lateMs: 100,
    webhooks: { delayMs: 0, copies: 3, off: false },
  });
  const keys = ['k1', 'k2', 'k3', 'k4'];
  const known = await Promise.all(
    keys.map((key) => read(`/v1/payments?idempotency_key=${key}`) as Promise<{ payments: [] }>),
  );
  expect(known.map(({ payments }) => payments.length)).toEqual([0, 1, 0, 1]);
  for (const wrong of [
    { mode: 'dance' },
    { lateMs: -1 },
    { webhooks: { copies: 0.5 } },
    { webhooks: { off: 'yes' } },
  ]) {
    expect((await behave(wrong)).status).toBe(400);
  }
});

test.each([
  ['no key', {}, undefined, 400],
  ['an amount of nothing', { amount: '0' }, 'k', 400],
  ['a fraction', { amount: '1.5' }, 'k', 400],
  ['an inexact number', { amount: 2 ** 53 }, 'k', 400],
  ['no currency', { currency: 'won' }, 'k', 400],
  ['an unknown method', { payment_method: 'pm_none' }, 'k', 422],
])('%s is refused', async (_, more, key, status) => {
  expect((await post('/v1/payments', await order(more), key)).status).toBe(status);
  expect(await read('/v1/payments')).toEqual({ payments: [] });
});

test('whoever has no key moves nothing, and tokens are kept nowhere', async () => {
  expect(await post('/v1/paymentMethods', { token: 'tok_unheard_of' })).toMatchObject({ status: 422 });
  const body = JSON.stringify({ token: 'tok_visa' });
  for (const authorization of ['', 'Bearer wrong!']) {
    const answer = await fetch(url('/v1/paymentMethods'), { method: 'POST', headers: { authorization }, body });
    expect(answer.status).toBe(401);
  }
  await methodOf('tok_visa');
  expect(await readFile(join(folder, 'payments.jsonl'), 'utf8')).not.toContain('tok_');
});
