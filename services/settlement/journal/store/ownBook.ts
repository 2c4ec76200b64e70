import type { Sql } from '#shared/database/database';
import type { Book } from '../domain/book.ts';
import { readTotals } from './journalTotals.ts';
import { entriesById, extentOf, listEntries } from './readEntries.ts';

const pageSize = 500;

/** Settlement's own journal. */
export function ownBook(sql: Sql): Book {
  return {
    first: async () => (await extentOf(sql)).first,
    totals: (span) => readTotals(sql, span),
    byId: (ids) => entriesById(sql, ids),
    async *entries(span) {
      const filter = { accountId: '', customerId: '', ...span };
      for (let after: { time: Date; id: string } | undefined; ; ) {
        const page = await listEntries(sql, filter, { order: 'oldest first', after, limit: pageSize });
        yield* page;
        after = page.at(-1);
        if (page.length < pageSize) return;
      }
    },
  };
}
