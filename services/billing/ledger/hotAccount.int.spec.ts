import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { Books } from '../testing/books.ts';
import { patient, won } from '../testing/caller.ts';

describe('one account that everybody wants', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
  });
  afterAll(() => books[Symbol.asyncDispose]());

  it('SHOP-4 gives to exactly as many as it can, through several processes at once', async () => {
    // given: enough for 500 of 1000
    const id = await books.openAccount();
    const payer = { case: 'account', value: id } as const;
    const processes = [books.process(), books.process()];
    await processes[0]?.credit({ target: payer, amount: won(5_000), reason: CreditReason.GRANT });
    // when
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_000 }, async (_, index) => {
        const process = processes[index % 2];
        const held = await process?.reserve({ payer, amount: won(10) });
        return process?.commit({ reservation: held?.id ?? '', tax: won(1) });
      }),
    );
    // then
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.reason] : []));
    expect([refused.length, new Set(refused)]).toEqual([500, new Set(['INSUFFICIENT_BALANCE'])]);
    expect(await books.standing(id)).toEqual([0n, 0n, 0n]);
    await books.expectSound();
  });

  it('does not do what nobody waits for any more, and takes no more than can wait', async () => {
    const id = await books.openAccount();
    const payer = { case: 'account', value: id } as const;
    const process = books.process({ mostWaiting: 10, lanes: 1 });
    await process.credit({ target: payer, amount: won(100), reason: CreditReason.GRANT });
    await expect(process.debit({ payer, amount: won(1) }, patient(AbortSignal.abort()))).rejects.toMatchObject({
      reason: 'CANCELLED',
    });
    const late = { ...patient(), deadline: new Date(0) };
    await expect(process.debit({ payer, amount: won(1) }, late)).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 15 }, () => process.debit({ payer, amount: won(1) })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(5);
    expect(refused[0]).toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 500 });
    expect(await books.standing(id)).toEqual([90n, 0n, 0n]);
  });

  it('does not let a command that the database refuses harm the others of its batch', async () => {
    const id = await books.openAccount();
    const payer = { case: 'account', value: id } as const;
    const process = books.process();
    await process.credit({ target: payer, amount: won(100), reason: CreditReason.GRANT });
    // given: a trigger that no decision knows of
    await books.database.query(`create function refuse_poison() returns trigger language plpgsql as $$
      begin
        if exists (select from added where memo = 'poison') then raise exception 'poison'; end if;
        return null;
      end $$`);
    await books.database.query(`create trigger poison after insert on journal_entries
      referencing new table as added for each statement execute function refuse_poison()`);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        process.debit({ payer, amount: won(1), memo: index === 7 ? 'poison' : '' }),
      ),
    );
    await books.database.query('drop trigger poison on journal_entries');
    expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(outcomes.map((_, index) => index === 7));
    expect(await books.standing(id)).toEqual([81n, 0n, 0n]);
    await books.expectSound();
  });
});
