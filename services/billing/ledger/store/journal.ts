import type { Transaction } from '#shared/database/database';
import type { NewEntry } from '../domain/ledger.ts';
import { openBook } from './openBook.ts';
import { writeBook } from './writeBook.ts';

/** Posts entries that nothing can refuse, such as invoices: lines, sums and events are part of the transaction. */
export async function post(tx: Transaction, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const accounts = new Set(entries.flatMap(({ lines }) => lines.flatMap(({ accountId }) => accountId ?? [])));
  const book = await openBook(tx, [...accounts]);
  for (const entry of entries) book.apply([{ kind: 'post', entry }], entry);
  await writeBook(tx, book);
}
