import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { BalanceCause } from '#proto/billing/v1/entry';
import { ReservationState } from '#proto/billing/v1/reservation';
import { Books } from '../../testing/books.ts';
import { won } from '../../testing/caller.ts';

describe('expiry', () => {
  let books: Books;
  let id: string;
  beforeEach(async () => {
    books = await Books.begin();
    id = await books.openAccount();
  });
  afterEach(() => books[Symbol.asyncDispose]());

  const target = () => ({ case: 'account', value: id }) as const;
  const wait = (seconds: number) => {
    books.now = new Date(books.now.getTime() + seconds * 1_000);
  };
  const grant = (amount: number, seconds?: number) =>
    books.process().credit({
      target: target(),
      amount: won(amount),
      reason: CreditReason.GRANT,
      ...(seconds && { expireTime: timestampFromDate(new Date(books.now.getTime() + seconds * 1_000)) }),
    });

  it('gives a reservation back when its time is over, once, with many workers about', async () => {
    await grant(100);
    const processes = [books.process(), books.process()];
    const held = await processes[0]?.reserve({ payer: target(), amount: won(60), holdFor: { seconds: 5n } });
    wait(4);
    await processes[0]?.expire();
    expect(await books.standing(id)).toEqual([100n, 60n, 0n]);
    wait(1);
    await expect(processes[1]?.commit({ reservation: held?.id ?? '' })).rejects.toMatchObject({
      reason: 'RESERVATION_STATE_FORBIDS',
      metadata: { state: 'EXPIRED' },
    });
    await Promise.all(processes.map((process) => process.expire()));
    expect(await books.standing(id)).toEqual([100n, 0n, 0n]);
    const released = await processes[0]?.release({ reservation: held?.id ?? '' });
    expect(released?.state).toBe(ReservationState.EXPIRED);
    const causes = (await books.events()).map(({ cause }) => cause);
    expect(causes).toEqual([BalanceCause.GRANT, BalanceCause.RESERVE, BalanceCause.RESERVATION_EXPIRY]);
    await books.expectSound();
  });

  it('spends first what expires first, and takes back the rest of it only', async () => {
    await grant(50);
    await grant(30, 100);
    await grant(20, 10);
    const process = books.process();
    await process.debit({ payer: target(), amount: won(35) });
    expect(await books.standing(id)).toEqual([65n, 0n, 15n]);
    wait(100);
    await process.expire();
    expect(await books.standing(id)).toEqual([50n, 0n, 0n]);
    await books.expectSound();
  });

  it('gives a refund back to the credit it came from; one whose time is over loses it again', async () => {
    await grant(50);
    const credit = await grant(30, 100);
    const process = books.process();
    const held = await process.reserve({ payer: target(), amount: won(70) });
    expect(await books.standing(id)).toEqual([80n, 70n, 0n]);
    await process.commit({ reservation: held.id, amount: won(60), tax: won(7) });
    expect(await books.standing(id)).toEqual([20n, 0n, 0n]);
    const refund = (amount: number) =>
      process.credit({
        target: { case: 'reservation', value: held.id },
        amount: won(amount),
        reason: CreditReason.REFUND,
      });
    // the part without an end first: 30 of it was spent
    await refund(40);
    expect(await books.standing(id)).toEqual([60n, 0n, 10n]);
    wait(200);
    await process.expire();
    expect(await books.standing(id)).toEqual([50n, 0n, 0n]);
    await refund(20);
    await process.expire();
    expect(await books.standing(id)).toEqual([50n, 0n, 0n]);
    const { rows } = await books.database.query(
      "select sum(amount) as tax from journal_lines where ledger = 'TAX' having sum(amount) = 0",
    );
    expect(rows).toHaveLength(1);
    const expiries = await books.database.query(
      "select cause_id from journal_entries where cause_kind = 'CREDIT_EXPIRY'",
    );
    expect(expiries.rows.map(({ cause_id }) => cause_id)).toEqual([credit.id, credit.id]);
    await books.expectSound();
  });
});
