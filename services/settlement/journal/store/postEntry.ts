import type { Transaction } from '#shared/database/database';
import type { JournalEntry } from '../domain/entry.ts';
import { type Arrival, arrivalOf } from '../domain/position.ts';
import { fromLines } from './mapping.ts';

/**
 * Posts an entry with all its lines and says how it came among its account's entries; undefined if there is one of this id, which
 * then stays as it is. Locks the account's place until the commit.
 */
export async function insertEntry(tx: Transaction, entry: JournalEntry): Promise<Arrival | undefined> {
  const values = [
    entry.id,
    entry.time,
    entry.cause,
    entry.causeId,
    entry.memo,
    entry.accountId,
    entry.customerId,
    entry.position,
    entry.lines.length,
    JSON.stringify(fromLines(entry.lines)),
  ];
  const { rows } = await tx.client.query<{ posted: bigint; last_position: bigint | null }>({ ...insert, values });
  const [row] = rows;
  return row?.posted === 1n ? arrivalOf(row.last_position ?? 0n, entry.position) : undefined;
}

// One statement, planned once a connection, because every event of billing's accounts passes here.
const insert = {
  name: 'post-journal-entry',
  text: `
  with before as (
    select last_position from journal_accounts where account_id = $6 for update
  ), entry as (
    insert into journal_entries (id, time, cause, cause_id, memo, account_id, customer_id, position, lines)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do nothing returning id, account_id, position
  ), line as (
    insert into journal_lines (entry_id, position, ledger, account_id, currency, amount)
    select entry.id, line.position, ledger, line.account_id, currency, amount
    from entry, rows from (jsonb_to_recordset($10::jsonb)
      as (ledger text, account_id text, currency text, amount numeric)) with ordinality
      as line (ledger, account_id, currency, amount, position)
  ), place as (
    insert into journal_accounts as a (account_id, last_position) select account_id, position from entry
    on conflict (account_id) do update set last_position = greatest(a.last_position, excluded.last_position)
  )
  select (select count(*) from entry) as posted, (select last_position from before) as last_position`,
};

/** Which of these entries still follow a gap, or share their position with another entry. */
export async function stillOutOfOrder(tx: Transaction, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from journal_entries as entry
     where id = any ($1) and (
       exists (select from journal_entries as other where other.account_id = entry.account_id
         and other.position = entry.position and other.id <> entry.id)
       or (position > 1 and not exists (select from journal_entries as other where other.account_id = entry.account_id
         and other.position = entry.position - 1)))`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
