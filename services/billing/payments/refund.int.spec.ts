import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BalanceCause } from '#proto/billing/v1/entry';
import type { Payment } from '#proto/billing/v1/payment';
import { won } from '../testing/caller.ts';
import { Till } from './testing/till.ts';

const forbids = { reason: 'PAYMENT_STATE_FORBIDS' };

describe('giving a payment back', () => {
  let till: Till;
  let payment: Payment;
  beforeEach(async () => {
    till = await Till.open();
    await till.newCustomer('rider', 'tok_visa');
    payment = await till.process().charge({ tax: won(100) });
  });
  afterEach(() => till[Symbol.asyncDispose]());

  it('TAXI-4 in parts, to the last unit of amount and tax, and not more', async () => {
    const process = till.process();
    const first = await process.refund({ payment: payment.id, amount: won(333), memo: 'late', key: 'r1' });
    expect(first).toEqual({ ...payment, refunded: expect.objectContaining(won(333)) });
    await process.refund({ payment: payment.id, amount: won(333) });
    await expect(process.refund({ payment: payment.id, amount: won(435) })).rejects.toMatchObject({
      ...forbids,
      metadata: { state: 'CAPTURED', left: '434' },
    });
    expect(await process.refund({ payment: payment.id })).toMatchObject({ refunded: won(1_100) });
    await expect(process.refund({ payment: payment.id })).rejects.toMatchObject(forbids);
    // what was answered first is answered again, also now
    expect(await till.process().refund({ payment: payment.id, amount: won(333), memo: 'late', key: 'r1' })).toEqual(
      first,
    );
    expect(await till.sums()).toEqual({ CASH: 0n, RECEIVABLE: 0n, REVENUE: 0n, TAX: 0n });
    const { rows } = await till.books.database.query('select tax from refunds order by id');
    expect(rows.map(({ tax }) => tax)).toEqual([30n, 30n, 40n]);
    expect((await till.events()).slice(1)).toMatchObject([
      { name: 'PaymentRefunded', amount: won(333), payment: first },
      { name: 'PaymentRefunded', amount: won(333), payment: { refunded: won(666) } },
      { name: 'PaymentRefunded', amount: won(434), payment: { refunded: won(1_100) } },
    ]);
    const causes = (await till.books.events()).map(({ cause }) => cause).slice(0, 4);
    const { CHARGE, CAPTURE, PAYOUT, CHARGE_REFUND } = BalanceCause;
    expect(causes).toEqual([CHARGE, CAPTURE, PAYOUT, CHARGE_REFUND]);
    await till.expectSound();
  });

  it('TAXI-4 many at once never give back more than was paid, and one key gives back once', async () => {
    const processes = [till.process(), till.process()];
    const refunds = processes.flatMap((process) =>
      Array.from({ length: 8 }, (_, index) => {
        const key = index < 4 ? { key: 'one' } : {};
        return process.refund({ payment: payment.id, amount: won(300), ...key });
      }),
    );
    const outcomes = await Promise.allSettled(refunds);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.reason] : []));
    expect(new Set(refused)).toEqual(new Set(['PAYMENT_STATE_FORBIDS']));
    expect(await till.sums()).toMatchObject({ CASH: 200n });
    await till.expectSound();
  });

  it('TAXI-4 one key names one content; what is not captured is not given back', async () => {
    const process = till.process();
    const other = await process.charge();
    await process.refund({ payment: payment.id, amount: won(1), key: 'k' });
    const reused = { reason: 'IDEMPOTENCY_KEY_REUSED' };
    await expect(process.refund({ payment: payment.id, amount: won(2), key: 'k' })).rejects.toMatchObject(reused);
    await expect(process.refund({ payment: other.id, amount: won(1), key: 'k' })).rejects.toMatchObject(reused);
    await expect(process.refund({ payment: 'none' })).rejects.toMatchObject({ reason: 'PAYMENT_NOT_FOUND' });
    await expect(process.refund({ payment: other.id, amount: { currency: 'USD', amount: '1' } })).rejects.toMatchObject(
      {
        reason: 'CURRENCY_MISMATCH',
      },
    );
    await till.newCustomer('unlucky', 'tok_declined');
    await expect(process.charge({ customerId: 'unlucky', key: 'declined' })).rejects.toThrow();
    const declined = (await till.events()).at(-1)?.payment?.id ?? '';
    await expect(process.refund({ payment: declined })).rejects.toMatchObject({ metadata: { state: 'FAILED' } });
    await till.expectSound();
  });

  it.each(['lose', 'fail', 'late'])('TAXI-4 one whose answer is lost (%s) is insisted on, once', async (mode) => {
    const process = till.process({ timeLimitMs: 150 });
    await till.behave({ mode, lateMs: 400 });
    const refund = { payment: payment.id, amount: won(400), key: 'r' };
    await expect(process.refund(refund)).rejects.toMatchObject({ reason: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    // its part is spoken for
    await expect(process.refund({ payment: payment.id, amount: won(701) })).rejects.toMatchObject({
      ...forbids,
      metadata: { left: '700' },
    });
    await till.behave({ mode: 'ok' });
    till.pass(120_000);
    await till.process().followUp();
    expect(await process.refund(refund)).toMatchObject({ refunded: won(400) });
    const { rows } = await till.books.database.query("select count(*)::int from refunds where key = 'r'");
    expect(rows).toEqual([{ count: 1 }]);
    till.pass(120_000);
    await till.process().followUp();
    await till.expectSound();
  });

  it('TAXI-4 what the provider refuses for good has given nothing back, each time it is asked', async () => {
    const process = till.process();
    // the provider has given it back by another way, as its own staff may
    const { providerPaymentId } = payment;
    const amount = { currency: 'KRW', minor: 1_100n };
    await process.parts.provider.refund({ key: 'by hand', providerPaymentId, amount });
    for (let time = 0; time < 2; time++) {
      await expect(process.refund({ payment: payment.id, key: 'r' })).rejects.toMatchObject({
        ...forbids,
        metadata: { refusal_code: 'amount_too_large' },
      });
    }
    expect(await till.sums()).toMatchObject({ CASH: 1_100n });
    await till.books.expectSound();
  });
});
