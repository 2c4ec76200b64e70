import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason, DebitReason } from '#proto/billing/v1/balance_service';
import { newId } from '#shared/ids';
import { Books } from '../testing/books.ts';
import { won } from '../testing/caller.ts';

/** The same numbers in every run, so that a failure can be looked at again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('conservation', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
  });
  afterAll(() => books[Symbol.asyncDispose]());

  it('loses and makes nothing, whatever happens at the same time and whichever connections are cut', async () => {
    // given: a few accounts that everybody wants, and two processes
    const processes = [books.process(), books.process({ lanes: 3, batchCommands: 20 })];
    const accounts = await Promise.all(Array.from({ length: 6 }, () => books.openAccount()));
    const next = random(20261121);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const amount = () => won(1 + Math.floor(next() * 300));
    const reservations: string[] = [];
    let done = 0;
    let cut = 0;

    /** Says it again with the same key for as long as nobody answers, as a caller's policy does. */
    const insist = async <T>(command: () => Promise<T>): Promise<T | undefined> => {
      for (;;) {
        try {
          const answer = await command();
          done += 1;
          return answer;
        } catch (error) {
          const { reason } = error as { reason?: string };
          if (reason) return undefined;
          cut += 1;
        }
      }
    };
    const step = async () => {
      const process = pick(processes);
      const key = newId();
      const account = pick(accounts);
      const reservation = pick(reservations) ?? newId();
      const dice = next();
      const sum = amount();
      const some = next() < 0.5 ? { amount: sum } : {};
      const end = { expireTime: { seconds: BigInt(Math.floor(books.now.getTime() / 1000)) + 5n } };
      if (dice < 0.35) {
        const payer = { case: 'account', value: account } as const;
        const holdFor = { seconds: BigInt(1 + Math.floor(next() * 10)) };
        const held = await insist(() => process.reserve({ key, payer, amount: sum, holdFor }));
        if (held) reservations.push(held.id);
      } else if (dice < 0.6) {
        await insist(() => process.commit({ key, reservation, tax: won(1), ...some }));
      } else if (dice < 0.7) {
        await insist(() => process.release({ key, reservation }));
      } else if (dice < 0.8) {
        const target = { case: 'reservation', value: reservation } as const;
        await insist(() => process.credit({ key, target, amount: sum, reason: CreditReason.REFUND }));
      } else if (dice < 0.95) {
        const target = { case: 'account', value: account } as const;
        const expiry = next() < 0.5 ? end : {};
        await insist(() => process.credit({ key, target, amount: sum, reason: CreditReason.GRANT, ...expiry }));
      } else {
        const reason = next() < 0.5 ? DebitReason.FORFEITURE : DebitReason.UNSPECIFIED;
        await insist(() => process.debit({ key, payer: { case: 'account', value: account }, amount: sum, reason }));
      }
    };

    // when: many at a time, with every connection cut now and then and time passing
    for (let round = 0; round < 12; round++) {
      const work = Promise.all(
        Array.from({ length: 40 }, async () => {
          for (let turn = 0; turn < 5; turn++) await step();
        }),
      );
      await books.database.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      await work;
      books.now = new Date(books.now.getTime() + 2_000);
      await processes[round % 2]?.expire();
    }

    // then
    expect(done).toBeGreaterThan(500);
    await books.expectSound();
    const { rows } = await books.database.query(`
      select -sum(amount) filter (where ledger = 'PREPAID') as owed, (select sum(balance) from accounts) as balances,
        sum(amount) filter (where ledger <> 'PREPAID') as moved
      from journal_lines`);
    const [{ owed, balances, moved }] = rows;
    expect([owed, moved]).toEqual([balances, balances]);
    expect(cut).toBeGreaterThan(0);
  });
});
