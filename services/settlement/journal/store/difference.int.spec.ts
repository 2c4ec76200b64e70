import { afterAll, beforeAll, expect, test } from 'vitest';
import { Journal, movement } from '../testing.ts';
import { readDifference } from './difference.ts';
import { keepDifference } from './differences.ts';

let journal: Journal;
beforeAll(async () => {
  journal = await Journal.open();
  await journal.handle(movement({ id: 'paid', position: 1, amount: 500 }));
});
afterAll(() => journal[Symbol.asyncDispose]());

const shown = () => readDifference(journal.database);

test('MESH-5 books that agree differ by nothing', async () => {
  expect(await shown()).toEqual([{ currency: 'KRW', minor: 0n }]);
});

test('MESH-5 sums that are out of balance show', async () => {
  await journal.tamper(`update journal_sums set debit = debit + 9 where ledger = 'CASH'`);
  expect(await shown()).toEqual([{ currency: 'KRW', minor: 9n }]);
  await journal.tamper(`update journal_sums set debit = debit - 9 where ledger = 'CASH'`);
});

test('MESH-5 entries on which the books disagree show with their amounts, in their currency, until it is resolved', async () => {
  const line = (ledger: 'CASH' | 'PREPAID', currency: string, minor: bigint) => ({
    ledger,
    accountId: '',
    currency,
    minor,
  });
  const dollars = [line('CASH', 'USD', 250n), line('PREPAID', 'USD', -250n)];
  const won = [line('CASH', 'KRW', 40n), line('PREPAID', 'KRW', -40n)];
  const keep = (entryId: string, kind: 'MISSING' | 'OUT_OF_ORDER', billing: typeof won, settlement: typeof won) =>
    journal.database.transaction((tx) => keepDifference(tx, { entryId, kind, billing, settlement }, new Date()));
  await keep('lost', 'MISSING', dollars, []);
  // Both sides say the same, but in another order: still nothing to be called agreement.
  await keep('paid', 'OUT_OF_ORDER', [], won);
  expect((await shown()).sort((one, other) => (one.currency < other.currency ? -1 : 1))).toEqual([
    { currency: 'KRW', minor: 40n },
    { currency: 'USD', minor: 250n },
  ]);
  await journal.database.query('update journal_differences set resolve_time = now()');
  expect(await shown()).toEqual([{ currency: 'KRW', minor: 0n }]);
});
