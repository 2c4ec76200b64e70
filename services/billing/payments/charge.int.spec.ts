import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PaymentState } from '#proto/billing/v1/payment';
import { insertAccount, removeAccountOfLine } from '../store/accounts.ts';
import { patient, won } from '../testing/caller.ts';
import { Till } from './testing/till.ts';

describe('charging a payment method', () => {
  let till: Till;
  beforeEach(async () => {
    till = await Till.open();
    await till.newCustomer('rider', 'tok_visa');
  });
  afterEach(() => till[Symbol.asyncDispose]());

  it('TAXI-4 is owed for a moment and then paid, exactly, on the oldest postpaid account', async () => {
    const prepaid = await till.books.openAccount({ customerId: 'rider' });
    const oldest = await till.books.openAccount({ customerId: 'rider', kind: 'POSTPAID' });
    await till.books.openAccount({ customerId: 'rider', kind: 'POSTPAID' });
    const charge = { key: 'k1', tax: won(100), memo: 'a ride' };
    const paid = await till.process().charge(charge);
    expect(paid).toMatchObject({
      ...{ customerId: 'rider', accountId: oldest, state: PaymentState.CAPTURED, key: 'k1', memo: 'a ride' },
      ...{ amount: won(1_100), tax: won(100), refunded: won(0), stateReason: '' },
    });
    expect(await till.sums()).toEqual({ CASH: 1_100n, RECEIVABLE: 0n, REVENUE: -1_000n, TAX: -100n });
    expect(await till.books.standing(prepaid)).toEqual([0n, 0n, 0n]);
    expect(await till.atProvider(paid.id)).toMatchObject([{ id: paid.providerPaymentId, amount: '1100' }]);
    // and another process tells the same
    expect(await till.process().charge(charge)).toEqual(paid);
    expect(await till.events()).toMatchObject([{ name: 'PaymentCaptured', payment: paid }]);
    await till.expectSound();
  });

  it('TAXI-4 keeps currencies apart and exact, and opens an account where there is none', async () => {
    const amount = { currency: 'USD', amount: '12345678901234.56' };
    const paid = await till.process().charge({ amount });
    await till.process().charge();
    expect(await till.atProvider(paid.id)).toMatchObject([{ amount: '1234567890123456', currency: 'USD' }]);
    const { rows } = await till.books.database.query('select currency, kind, customer_id from accounts order by 1');
    expect(rows).toEqual([
      { currency: 'KRW', kind: 'POSTPAID', customer_id: 'rider' },
      { currency: 'USD', kind: 'POSTPAID', customer_id: 'rider' },
    ]);
    await till.expectSound();
  });

  it('TAXI-4 an account that was opened for a line stays when the line comes to nothing', async () => {
    const head = { customerId: 'rider', currency: 'KRW', kind: 'POSTPAID', createTime: till.books.now } as const;
    const { database } = till.books;
    await database.transaction((tx) => insertAccount(tx, { ...head, id: 'of-line', openedForLine: 'line' }));
    expect(await till.process().charge()).toMatchObject({ accountId: 'of-line' });
    await database.transaction((tx) => removeAccountOfLine(tx, 'line'));
    await till.expectSound();
    expect(await till.process().charge()).toMatchObject({ accountId: 'of-line' });
  });

  it('TAXI-4 a declined charge is final for its key, whatever the customer pays with later', async () => {
    await till.newCustomer('unlucky', 'tok_insufficient_funds');
    const process = till.process();
    const charge = { key: 'declined', customerId: 'unlucky' };
    const declined = { reason: 'PAYMENT_DECLINED', metadata: { decline_code: 'insufficient_funds' } };
    await expect(process.charge(charge)).rejects.toMatchObject(declined);
    await till.addMethod('unlucky', 'tok_mastercard');
    await expect(till.process().charge(charge)).rejects.toMatchObject(declined);
    expect(await till.events()).toMatchObject([
      { name: 'PaymentFailed', payment: { key: 'declined', stateReason: 'PAYMENT_DECLINED' } },
    ]);
    expect((await process.charge({ customerId: 'unlucky' })).state).toBe(PaymentState.CAPTURED);
    await till.behave({ mode: 'decline' });
    await expect(process.charge()).rejects.toMatchObject({ metadata: { decline_code: 'generic_decline' } });
    await till.expectSound();
  });

  it('TAXI-4 a customer without a payment method fails for good, and the provider hears nothing of it', async () => {
    await till.newCustomer('poor');
    const charge = { key: 'poor', customerId: 'poor' };
    await expect(till.process().charge(charge)).rejects.toMatchObject({ reason: 'PAYMENT_METHOD_MISSING' });
    await till.addMethod('poor', 'tok_visa');
    await expect(till.process().charge(charge)).rejects.toMatchObject({ reason: 'PAYMENT_METHOD_MISSING' });
    expect(await till.events()).toMatchObject([{ payment: { stateReason: 'PAYMENT_METHOD_MISSING' } }]);
    expect(await till.atProvider()).toEqual([]);
  });

  it('TAXI-4 the newest method pays', async () => {
    const newest = await till.addMethod('rider', 'tok_mastercard');
    expect(await till.process().charge()).toMatchObject({ paymentMethodId: newest });
  });

  it('TAXI-4 one key names one content', async () => {
    const process = till.process();
    const charge = { key: 'k', tax: won(100), memo: 'a' };
    await process.charge(charge);
    await till.newCustomer('other', 'tok_visa');
    const others = [{ amount: won(1_101) }, { tax: won(99) }, { memo: 'b' }, { customerId: 'other' }];
    for (const other of others) {
      await expect(process.charge({ ...charge, ...other })).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    }
    // the same amount in other words is the same amount
    await process.charge({ ...charge, amount: { currency: 'KRW', amount: '1100.00' } });
    expect(await till.atProvider()).toHaveLength(1);
  });

  it('TAXI-4 refuses amounts that cannot be charged', async () => {
    const process = till.process();
    const invalid = { reason: 'INVALID_REQUEST' };
    for (const amount of [won(0), won(-5), { currency: 'PTS', amount: '5' }, { currency: 'KRW', amount: '1.5' }]) {
      await expect(process.charge({ amount })).rejects.toMatchObject(invalid);
    }
    await expect(process.charge({ tax: won(1_101) })).rejects.toMatchObject(invalid);
    await expect(process.charge({ tax: { currency: 'USD', amount: '1' } })).rejects.toMatchObject({
      reason: 'CURRENCY_MISMATCH',
    });
  });

  it('TAXI-4 many at once with one key charge once, and first payments share one account', async () => {
    const processes = [till.process(), till.process(), till.process()];
    const charges = processes.flatMap((process) =>
      Array.from({ length: 20 }, (_, index) => process.charge({ key: index < 15 ? 'one' : `own-${index}` })),
    );
    const answers = await Promise.all(charges);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(6);
    expect(await till.atProvider()).toHaveLength(6);
    expect(new Set(answers.map(({ accountId }) => accountId)).size).toBe(1);
    await till.expectSound();
  });

  it('TAXI-4 goes on without a caller who has gone', async () => {
    await till.behave({ mode: 'hang' });
    const gone = new AbortController();
    const process = till.process();
    const leaving = process.charge({ key: 'k' }, patient(gone.signal));
    await expect.poll(() => count(till, 'payments')).toBe(1);
    gone.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    await till.behave({ mode: 'ok' });
    await expect.poll(async () => (await till.events()).map(({ name }) => name)).toEqual(['PaymentCaptured']);
    await till.expectSound();
  });

  it('without a provider nothing begins', async () => {
    const process = till.process({ provider: undefined });
    await expect(process.charge()).rejects.toMatchObject({
      reason: 'PAYMENT_PROVIDER_UNAVAILABLE',
      retryAfterMs: 60_000,
    });
    expect(await count(till, 'payments')).toBe(0);
  });
});

async function count(till: Till, table: 'payments'): Promise<number> {
  const { rows } = await till.books.database.query(`select count(*)::int from ${table}`);
  return rows[0].count;
}
