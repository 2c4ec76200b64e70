import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { OrderState } from '#proto/ordering/v1/order';
import { httpSmsSender } from './delivery/sms.ts';
import { Bench } from './testing.ts';
import { TestSmsProvider } from './testSmsProvider.ts';

let bench: Bench;
let provider: TestSmsProvider;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.clear();
  provider = await TestSmsProvider.start();
  return () => provider[Symbol.asyncDispose]();
});

const deliver = (timeLimitMs = 2_000) =>
  bench.deliverDue('SMS', {
    senders: { SMS: httpSmsSender({ url: `${provider.url}/`, timeLimitMs }), EMAIL: neverCalled },
  });
const neverCalled = async () => {
  throw new Error('a text message went to the mail server');
};

test('a text message goes out once, with its id as the key, and MessageSent is emitted', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  await deliver();
  await deliver();
  const [message] = await bench.messages();
  expect(provider.requests).toEqual([{ key: message?.id, to: '010-1234', text: message?.body }]);
  expect(message).toMatchObject({ state: 'SENT', attempts: 1, last_error: '' });
  expect(await bench.emittedCount()).toBe(1);
});

test('a provider that fails or hangs is tried again later, under the same key', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  provider.answers.push(503, 'hang', 429);
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({
    state: 'QUEUED',
    attempts: 1,
    last_error: 'SMS provider: HTTP 503',
  });
  await deliver();
  expect(provider.requests, 'not before its time').toHaveLength(1);
  bench.clock.advance(1_000);
  await deliver(200);
  expect((await bench.messages())[0]).toMatchObject({ state: 'QUEUED', attempts: 2 });
  bench.clock.advance(3_000);
  provider.retryAfter = '600';
  await deliver();
  bench.clock.advance(599_000);
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({ attempts: 3 });
  bench.clock.advance(1_000);
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({ state: 'SENT', attempts: 4 });
  expect(new Set(provider.requests.map(({ key }) => key)).size).toBe(1);
  expect(await bench.emittedCount()).toBe(1);
});

test('a refusal is final, and so is the twelfth failure', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  provider.answers.push(422);
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({
    state: 'FAILED',
    attempts: 1,
    last_error: 'SMS provider: HTTP 422',
  });

  await bench.order('e2', 'kim');
  provider.answers.push(...Array.from({ length: 20 }, () => 500));
  for (let attempt = 0; attempt < 15; attempt++) {
    await deliver();
    bench.clock.advance(3_600_000);
  }
  expect((await bench.messages())[1]).toMatchObject({ state: 'FAILED', attempts: 12 });
  expect(provider.requests).toHaveLength(13);
  expect(await bench.emittedCount()).toBe(0);
});

test('a provider that is not there costs an attempt, not the process', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  await provider[Symbol.asyncDispose]();
  const url = 'http://127.0.0.1:1';
  await bench.deliverDue('SMS', { senders: { SMS: httpSmsSender({ url, timeLimitMs: 500 }), EMAIL: neverCalled } });
  expect((await bench.messages())[0]).toMatchObject({ state: 'QUEUED', attempts: 1 });
  expect((await bench.messages())[0]?.last_error).toContain('SMS provider: ');
});

test('many go out side by side, but each customer’s in their order', async () => {
  for (let customer = 0; customer < 20; customer++) {
    const phone = `010-${1_000 + customer}`;
    await bench.customer(`c${customer}`, { phone });
    for (const state of [OrderState.PENDING, OrderState.COMPLETED, OrderState.CANCELLED]) {
      await bench.order(`${customer}-${state}`, `c${customer}`, state);
    }
  }
  await deliver();
  expect(provider.requests).toHaveLength(60);
  expect(provider.mostAtOnce).toBeGreaterThan(1);
  expect(provider.mostAtOnce).toBeLessThanOrEqual(8);
  const states = ['is being processed', 'is completed', 'was cancelled'];
  for (let customer = 0; customer < 20; customer++) {
    const texts = provider.requests.filter(({ to }) => to === `010-${1_000 + customer}`).map(({ text }) => text);
    expect(texts.map((text) => states.findIndex((state) => text.includes(state)))).toEqual([0, 1, 2]);
  }
});

test('a slow message does not hold up the others', async () => {
  await bench.customer('slow', { phone: '010-0000' });
  await bench.order('slow', 'slow');
  provider.answers.push('hang');
  const round = deliver(1_500);
  await expect.poll(() => provider.requests.length).toBe(1);
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  await expect.poll(async () => (await bench.messages())[1]?.state, { timeout: 1_200 }).toBe('SENT');
  expect((await bench.messages())[0]?.state).toBe('QUEUED');
  await round;
});

test('a message for a customer who is not known yet waits, and goes out when the customer is', async () => {
  await bench.order('e1', 'kim');
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({ state: 'QUEUED', last_error: 'the customer is not known yet' });
  await bench.customer('kim');
  bench.clock.advance(1_000);
  await deliver();
  expect((await bench.messages())[0]).toMatchObject({ state: 'SENT', recipient: '010-1234', attempts: 2 });
});
