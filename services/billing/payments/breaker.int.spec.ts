import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PaymentState } from '#proto/billing/v1/payment';
import { Till } from './testing/till.ts';

const unavailable = { reason: 'PAYMENT_PROVIDER_UNAVAILABLE' };
const open = { reason: 'CIRCUIT_OPEN', retryAfterMs: expect.any(Number) };

describe('the breaker toward the provider', () => {
  let till: Till;
  beforeEach(async () => {
    till = await Till.open();
    await till.newCustomer('rider', 'tok_visa');
  });
  afterEach(() => till[Symbol.asyncDispose]());

  const stateOf = (process: ReturnType<Till['process']>) =>
    [...process.breakers].map(({ name, state }) => `${name} ${state}`)[0];

  it('TAXI-4 opens after failures in a row, answers at once without asking the provider, and recovers by itself', async () => {
    const process = till.process({ breakerFailures: 3, breakerHalfOpenMs: 300, timeLimitMs: 200 });
    await till.behave({ mode: 'hang' });
    for (let failure = 0; failure < 3; failure++) await expect(process.charge()).rejects.toMatchObject(unavailable);
    expect(stateOf(process)).toBe('payment-provider open');
    // the provider would hang; who is answered at all here was not sent to it
    await expect(process.charge({ key: 'refused' })).rejects.toMatchObject(open);
    await expect(process.parts.provider.registerMethod('tok_visa')).rejects.toMatchObject(open);
    await till.behave({ mode: 'ok' });
    await expect
      .poll(() =>
        process.charge({ key: 'refused' }).then(
          ({ state }) => state,
          ({ reason }) => reason,
        ),
      )
      .toBe(PaymentState.CAPTURED);
    expect(stateOf(process)).toBe('payment-provider closed');
    await till.expectSound();
  });

  it('TAXI-4 stays open while the one attempt fails, which the worker makes, too', async () => {
    const process = till.process({ breakerFailures: 2, breakerHalfOpenMs: 50, timeLimitMs: 200 });
    await till.behave({ mode: 'fail' });
    for (let failure = 0; failure < 2; failure++) await expect(process.charge()).rejects.toMatchObject(unavailable);
    await expect
      .poll(() =>
        process.charge().then(
          () => 'charged',
          ({ reason }) => reason,
        ),
      )
      .toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect(stateOf(process)).toBe('payment-provider open');
    await till.behave({ mode: 'ok' });
    await expect
      .poll(async () => {
        await process.followUp();
        return stateOf(process);
      })
      .toBe('payment-provider closed');
  });

  it('TAXI-4 opens over charges without an answer, also while what became of each can be asked in between', async () => {
    const process = till.process({ breakerFailures: 3, breakerHalfOpenMs: 60_000, timeLimitMs: 200 });
    await till.behave({ mode: 'late', lateMs: 400 });
    for (const key of ['first', 'second', 'third']) {
      expect(stateOf(process)).toBe('payment-provider closed');
      await expect(process.charge({ key })).rejects.toMatchObject(unavailable);
      if (key !== 'third') await process.followUp();
    }
    expect(stateOf(process)).toBe('payment-provider open');
    await expect(process.charge({ key: 'refused' })).rejects.toMatchObject(open);
  });

  it('TAXI-4 a decline is an answer, and not counted', async () => {
    await till.newCustomer('unlucky', 'tok_declined');
    const process = till.process({ breakerFailures: 1 });
    for (let time = 0; time < 3; time++) {
      await expect(process.charge({ customerId: 'unlucky' })).rejects.toMatchObject({ reason: 'PAYMENT_DECLINED' });
    }
    await expect(process.parts.provider.registerMethod('tok_unheard_of')).rejects.toMatchObject({
      reason: 'PAYMENT_TOKEN_INVALID',
    });
    expect(stateOf(process)).toBe('payment-provider closed');
  });

  it.each([
    ['a wrong key', { key: 'wrong' }],
    ['a wrong address', { path: '/elsewhere' }],
    ['nobody there', { port: 1 }],
  ])(
    'TAXI-4 %s says nothing about a payment',
    async (_, { key, path, port }: { key?: string; path?: string; port?: number }) => {
      const url = port ? `http://127.0.0.1:${port}` : `${till.providerUrl}${path ?? ''}`;
      const process = till.process({ provider: { url, key: key ?? 'key of the tests' } });
      await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
      expect((await till.process().charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
      await till.expectSound();
    },
  );
});
