import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Payment } from '#proto/billing/v1/payment';
import { won } from '../../testing/caller.ts';
import { Till } from '../testing/till.ts';

describe('what PostgreSQL itself refuses of payments, whoever asks', () => {
  let till: Till;
  let captured: Payment;
  beforeAll(async () => {
    till = await Till.open();
    await till.newCustomer('rider', 'tok_visa');
    captured = await till.process().charge();
    await till.process().refund({ payment: captured.id, amount: won(100) });
    await till.behave({ mode: 'fail' });
    await expect(till.process().charge({ key: 'pending' })).rejects.toThrow();
  });
  afterAll(() => till[Symbol.asyncDispose]());

  it.each([
    ['another amount', 'update payments set amount = amount + 1'],
    ['another end', "update payments set state = 'FAILED', state_reason = 'PAYMENT_DECLINED' where state = 'CAPTURED'"],
    [
      'to begin again',
      "update payments set state = 'PENDING', end_time = null, look_time = now() where state = 'CAPTURED'",
    ],
    ['less given back', 'update payments set refunded = refunded - 1 where refunded > 0'],
    ['more given back than the journal says', 'update payments set refunded = refunded + 1 where refunded > 0'],
    ['more given back than was paid', 'update payments set refunded = amount + 1 where refunded > 0'],
    [
      'a capture that the journal does not have',
      `update payments set state = 'CAPTURED', account_id = 'a', provider_payment_id = 'x', end_time = now(), look_time = null
       where state = 'PENDING'`,
    ],
    [
      "the provider's payment for a second thing",
      `update payments set state = 'CAPTURED', account_id = 'a', end_time = now(), look_time = null,
       provider_payment_id = (select provider_payment_id from payments where state = 'CAPTURED') where state = 'PENDING'`,
    ],
    [
      'a failure without a reason',
      "update payments set state = 'FAILED', end_time = now(), look_time = null where state = 'PENDING'",
    ],
    ['a payment under way that nobody looks at', "update payments set look_time = null where state = 'PENDING'"],
    [
      'a refund that ends twice',
      "update refunds set state = 'FAILED', refusal_code = 'x', tax = null, refunded_after = null",
    ],
    ['payments to go', "delete from payments where state = 'PENDING'"],
    ['refunds to go', 'truncate refunds'],
  ])('TAXI-4 %s', async (_, statement) => {
    await expect(till.books.database.query(statement)).rejects.toMatchObject({ code: /^23/ });
  });
});
