import type { Sql } from '#shared/database/database';
import type { JournalEntry } from '../domain/entry.ts';
import { type EntryRow, entryColumns, joinLines, toEntry } from './mapping.ts';

export interface EntryFilter {
  accountId: string;
  customerId: string;
  start: Date | undefined;
  end: Date | undefined;
}

/** Entries by time and id; only those behind `after`. */
export async function listEntries(
  sql: Sql,
  filter: EntryFilter,
  page: { order: 'oldest first' | 'newest first'; after: { time: Date; id: string } | undefined; limit: number },
): Promise<JournalEntry[]> {
  const newestFirst = page.order === 'newest first';
  const direction = newestFirst ? 'desc' : 'asc';
  const { rows } = await sql.query<EntryRow>(
    `select ${entryColumns} from (
       select * from journal_entries
       where ($1 = '' or account_id = $1) and ($2 = '' or customer_id = $2) and time >= $3 and time < $4
         and (time, id) ${newestFirst ? '<' : '>'} ($5, $6)
       order by time ${direction}, id ${direction} limit $7
     ) as entry ${joinLines} order by entry.time ${direction}, entry.id ${direction}`,
    [
      filter.accountId,
      filter.customerId,
      filter.start ?? '-infinity',
      filter.end ?? 'infinity',
      page.after?.time ?? (newestFirst ? 'infinity' : '-infinity'),
      page.after?.id ?? '',
      page.limit,
    ],
  );
  return rows.map(toEntry);
}

export async function entriesById(sql: Sql, ids: readonly string[]): Promise<Map<string, JournalEntry>> {
  const { rows } = await sql.query<EntryRow>(
    `select ${entryColumns} from journal_entries as entry ${joinLines} where entry.id = any ($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toEntry(row)]));
}

/** Times of the first and the last entry; undefined in an empty journal. */
export async function extentOf(sql: Sql): Promise<{ first: Date | undefined; last: Date | undefined }> {
  const { rows } = await sql.query<{ first: Date | null; last: Date | null }>(
    'select min(time) as first, max(time) as last from journal_entries',
  );
  return { first: rows[0]?.first ?? undefined, last: rows[0]?.last ?? undefined };
}
