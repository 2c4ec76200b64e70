import { expect, test } from 'vitest';
import { Database } from '#shared/database/database';
import { freshDatabase } from '#test/harness/database';
import { migrateBefore } from '#test/harness/earlierVersion';
import { Books } from '../testing/books.ts';
import { earlierInvoicesWorker } from './workers/earlierInvoices.ts';

const accountId = 'account-of-before';
const invoiceIds = ['01a00000-0000-7000-8000-000000000001', '01a00000-0000-7000-8000-000000000002'];

/** A database of billing as it was before there was a ledger, with an account of two invoices. */
async function beforeTheLedger(url: string): Promise<void> {
  await using database = new Database(url);
  await migrateBefore(database, 'billing', '0003');
  await database.query(
    `insert into accounts (id, customer_id, currency, kind, balance, create_time)
     values ('${accountId}', 'customer', 'KRW', 'POSTPAID', 3300, now())`,
  );
  await database.query(
    `insert into bill_runs (id, business, period, state, expected_lines, create_time) values ('run', 'iot', '2026-09', 'COMPLETED', 2, now())`,
  );
  for (const [index, id] of invoiceIds.entries()) {
    const nth = index + 1;
    const amounts = `${1000 * nth}, ${100 * nth}, ${1100 * nth}`;
    await database.query(
      `insert into invoices values ('${id}', 'run', 'iot', ${nth}, 'customer', '${accountId}', ${nth}, '2026-09', 'ISSUED', 'KRW',
         ${amounts}, 1, '', '', '', '2026-10-01T00:00:00Z')`,
    );
  }
}

test('what was invoiced before there was a ledger is posted, told and owed as before', async () => {
  await using fresh = await freshDatabase('ledger_earlier');
  await beforeTheLedger(fresh.url);
  await using books = await Books.on(fresh.url);
  const worker = earlierInvoicesWorker(books.database);
  expect(await worker.run(new AbortController().signal)).toBe('idle');
  expect(await books.standing(accountId)).toEqual([3300n, 0n, 0n]);
  await books.expectSound();
  expect(await books.events()).toMatchObject([
    { causeId: invoiceIds[0], entry: { id: invoiceIds[0], position: 1n, balance: { amount: '1100' } } },
    { causeId: invoiceIds[1], entry: { id: invoiceIds[1], position: 2n, balance: { amount: '3300' } } },
  ]);
  await worker.run(new AbortController().signal);
  expect(await books.events()).toHaveLength(2);
});
