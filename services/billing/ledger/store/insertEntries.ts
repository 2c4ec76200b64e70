import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Posting } from '../domain/bookChanges.ts';

/** Writes entries with their lines in one statement, at the end of which the database looks whether they are whole. */
export async function insertEntries(tx: Transaction, postings: readonly Posting[]): Promise<void> {
  if (postings.length === 0) return;
  const entries = postings.map(({ entry }) => entry);
  const lines = postings.flatMap(({ entry, accountEntries }) =>
    entry.lines.map((line, position) => ({ ...line, entryId: entry.id, position, moved: accountEntries[position] })),
  );
  await prepared(
    tx,
    `with entry as (
       insert into journal_entries (id, time, cause_kind, cause_id, memo)
       select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
     )
     insert into journal_lines (entry_id, position, ledger, account_id, currency, amount, account_position, account_balance)
     select * from unnest($6::uuid[], $7::int[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
       $13::bigint[])`,
    [
      entries.map(({ id }) => id),
      entries.map(({ time }) => time),
      entries.map(({ cause }) => cause),
      entries.map(({ causeId }) => causeId),
      entries.map(({ memo }) => memo),
      lines.map(({ entryId }) => entryId),
      lines.map(({ position }) => position),
      lines.map(({ ledger }) => ledger),
      lines.map(({ accountId }) => accountId ?? null),
      lines.map(({ currency }) => currency),
      lines.map(({ minor }) => minor),
      lines.map(({ moved }) => moved?.position ?? null),
      lines.map(({ moved }) => moved?.balance ?? null),
    ],
  );
}
