import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { Books } from '../../testing/books.ts';
import { won } from '../../testing/caller.ts';
import { readLedgerDifference } from './ledgerDifference.ts';

let books: Books;
let account: string;
beforeAll(async () => {
  books = await Books.begin();
  account = await books.openAccount();
  const process = books.process();
  const target = { case: 'account', value: account } as const;
  await process.credit({ target, amount: won(500), reason: CreditReason.GRANT });
});
afterAll(() => books[Symbol.asyncDispose]());

/** What somebody does who writes past the triggers, and back. */
async function tampered(sql: string, look: () => Promise<void>, back: string): Promise<void> {
  const write = (text: string) =>
    books.database.transaction(async (tx) => {
      await tx.query("set local session_replication_role = 'replica'");
      await tx.query(text);
    });
  await write(sql);
  await look();
  await write(back);
}

const difference = () => readLedgerDifference(books.database);
const shows = (minor: bigint) => async () => expect(await difference()).toEqual([{ currency: 'KRW', minor }]);

describe('MESH-5 the ledger against itself', () => {
  test('agrees, also where an account has not moved yet', async () => {
    await books.openAccount({ currency: 'USD' });
    expect((await difference()).sort((one, other) => (one.currency < other.currency ? -1 : 1))).toEqual([
      { currency: 'KRW', minor: 0n },
      { currency: 'USD', minor: 0n },
    ]);
    await books.database.query(`delete from accounts where currency = 'USD'`);
  });

  test('shows a balance that the journal does not say', () =>
    tampered('update accounts set balance = balance + 7', shows(7n), 'update accounts set balance = balance - 7'));

  test('shows an entry that does not balance, once more where it is an account that it moves', () =>
    tampered(
      `update journal_lines set amount = amount + 3 where ledger = 'PREPAID'`,
      shows(6n),
      `update journal_lines set amount = amount - 3 where ledger = 'PREPAID'`,
    ));

  test('shows errors that would cancel each other out in one sum', () =>
    tampered(
      `update journal_lines set amount = amount + case ledger when 'PREPAID' then 5 else -5 end`,
      shows(5n),
      `update journal_lines set amount = amount - case ledger when 'PREPAID' then 5 else -5 end`,
    ));

  test('and agrees again', () => shows(0n)());
});
