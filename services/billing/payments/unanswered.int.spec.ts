import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PaymentState } from '#proto/billing/v1/payment';
import { Till } from './testing/till.ts';

const unavailable = { reason: 'PAYMENT_PROVIDER_UNAVAILABLE' };

describe('payments whose answer is lost', () => {
  let till: Till;
  beforeEach(async () => {
    till = await Till.open();
    await till.newCustomer('rider', 'tok_visa');
  });
  afterEach(() => till[Symbol.asyncDispose]());

  const states = async () => {
    const { rows } = await till.books.database.query('select state, decline_code as code from payments order by id');
    return rows.map(({ state, code }) => (code ? `${state} ${code}` : state));
  };

  it('TAXI-4 a capture whose answer was lost is found by its key, without anybody asking again', async () => {
    const process = till.process();
    await till.behave({ mode: 'lose' });
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    expect(await states()).toEqual(['PENDING']);
    await process.followUp();
    expect(await states()).toEqual(['CAPTURED']);
    expect((await process.charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
    expect(await till.atProvider()).toHaveLength(1);
    await till.expectSound();
  });

  it('TAXI-4 … or by whoever asks again', async () => {
    const process = till.process();
    await till.behave({ mode: 'lose' });
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    expect((await till.process().charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
    expect(await till.atProvider()).toHaveLength(1);
    await till.expectSound();
  });

  it('TAXI-4 a decline whose answer was lost is found, too', async () => {
    await till.newCustomer('unlucky', 'tok_declined');
    const process = till.process();
    await till.behave({ mode: 'lose' });
    await expect(process.charge({ key: 'k', customerId: 'unlucky' })).rejects.toMatchObject(unavailable);
    await process.followUp();
    expect(await states()).toEqual(['FAILED do_not_honor']);
  });

  it('TAXI-4 a provider that works later than anybody waits charges once', async () => {
    const process = till.process({ timeLimitMs: 100 });
    await till.behave({ mode: 'late', lateMs: 500 });
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    await expect.poll(() => till.atProvider()).toHaveLength(1);
    await till.behave({ mode: 'ok' });
    await till.process().charge({ key: 'k' });
    // both of the late ones have been worked on by the time that a third one is
    await till.behave({ mode: 'late', lateMs: 500 });
    await till.process().charge();
    expect(await till.atProvider()).toHaveLength(2);
    await till.expectSound();
  });

  it('TAXI-4 while the provider hangs the payment is under way; asked again with the same key it is made once', async () => {
    await till.behave({ mode: 'hang' });
    const process = till.process({ timeLimitMs: 100 });
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    await process.followUp();
    expect(await states()).toEqual(['PENDING']);
    await till.behave({ mode: 'ok' });
    const patientProcess = till.process();
    expect((await patientProcess.charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
    expect(await till.atProvider()).toHaveLength(1);
    await till.expectSound();
  });

  it('TAXI-4 the worker charges nobody by itself; what the provider never had is given up, there as well', async () => {
    await till.behave({ mode: 'fail' });
    const process = till.process();
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    await till.behave({ mode: 'ok' });
    till.pass(30_000);
    await process.followUp();
    expect([await states(), await till.atProvider()]).toEqual([['PENDING'], []]);
    till.pass(60_000);
    await process.followUp();
    expect(await states()).toEqual(['FAILED canceled']);
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject({ reason: 'PAYMENT_DECLINED' });
    // and a request that has been on its way all the time comes to nothing
    const { rows } = await till.books.database.query(
      'select payments.id, provider_method_id from payments, payment_methods',
    );
    const [{ id: key, provider_method_id: providerMethodId }] = rows;
    const late = process.parts.provider.charge({ key, providerMethodId, amount: { currency: 'KRW', minor: 1_100n } });
    expect(await late).toMatchObject({ kind: 'declined' });
    await till.expectSound();
  });

  it('TAXI-4 is kept as long as somebody asks, and captured if the provider had it after all', async () => {
    await till.behave({ mode: 'fail' });
    const process = till.process();
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    till.pass(50_000);
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    till.pass(20_000);
    await till.behave({ mode: 'ok' });
    await process.followUp();
    expect(await states()).toEqual(['PENDING']);
    expect((await process.charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
    await till.expectSound();
  });

  it('TAXI-4 a provider that was restarted knows what it has done', async () => {
    await till.behave({ mode: 'lose' });
    await expect(till.process().charge({ key: 'k' })).rejects.toMatchObject(unavailable);
    await till.restartProvider();
    const process = till.process();
    await process.followUp();
    expect(await states()).toEqual(['CAPTURED']);
    expect((await process.charge({ key: 'k' })).state).toBe(PaymentState.CAPTURED);
    await till.expectSound();
  });

  it('TAXI-4 whatever the provider does meanwhile, each key is charged once and the books agree', async () => {
    await till.newCustomer('unlucky', 'tok_declined');
    const processes = [till.process({ timeLimitMs: 150 }), till.process({ timeLimitMs: 150 })];
    const modes = ['lose', 'ok', 'fail', 'late', 'hang', 'decline', 'lose', 'late', 'ok'];
    const done = new Map<string, string>();
    for (const [round, mode] of modes.entries()) {
      await till.behave({ mode, lateMs: 200 });
      await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          const key = `k${index % 12}`;
          const customerId = index % 12 === 7 ? 'unlucky' : 'rider';
          const process = processes[(index + round) % 2];
          const outcome = await process?.charge({ key, customerId }).then(
            () => 'captured',
            ({ reason }) => reason as string,
          );
          if (outcome === 'captured' || outcome === 'PAYMENT_DECLINED') {
            // what was said once is said always
            expect(done.get(key) ?? outcome).toBe(outcome);
            done.set(key, outcome);
          }
        }),
      );
      till.pass(2_000);
      await processes[round % 2]?.followUp();
    }
    await till.behave({ mode: 'ok' });
    const patientProcess = till.process();
    for (let index = 0; index < 12; index++) {
      await patientProcess.charge({ key: `k${index}`, customerId: index === 7 ? 'unlucky' : 'rider' }).catch(() => {});
    }
    expect(await states()).not.toContain('PENDING');
    const all = await till.atProvider();
    expect(all).toHaveLength(12);
    await till.expectSound();
  });
});
