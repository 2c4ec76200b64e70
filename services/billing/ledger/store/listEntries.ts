import type { Sql } from '#shared/database/database';
import type { AccountEntry } from '../domain/ledger.ts';

/** An account's entries, newest first. */
export async function listEntries(
  sql: Sql,
  filter: { accountId: string; before: bigint | undefined; limit: number },
): Promise<AccountEntry[]> {
  const { rows } = await sql.query<AccountEntry>(
    `select entry.id, account_id as "accountId", currency, account_position as position, time, cause_kind as cause,
       cause_id as "causeId", memo, case ledger when 'PREPAID' then -amount else amount end as minor,
       account_balance as balance
     from journal_lines join journal_entries as entry on entry.id = entry_id
     where account_id = $1 and ($2::bigint is null or account_position < $2) order by account_position desc limit $3`,
    [filter.accountId, filter.before ?? null, filter.limit],
  );
  return rows;
}
