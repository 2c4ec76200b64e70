import type { Database, Sql } from '#shared/database/database';
import { inSnapshot } from '../../store/snapshot.ts';

const sums = `
  select (time at time zone 'UTC')::date as day, ledger, currency, sum(greatest(amount, 0)) as debit, sum(greatest(-amount, 0)) as credit
  from journal_entries as entry join journal_lines on entry_id = entry.id group by 1, 2, 3`;
const days = `
  select (time at time zone 'UTC')::date as day, count(*) as entries from journal_entries group by 1`;

/**
 * Puts the sums by day right where they do not follow from the journal; returns the days on which that was so. It only
 * happens to a database that somebody changed behind the triggers' back. Reads the whole journal.
 */
export async function mendKeptSums(database: Database): Promise<string[]> {
  const wrong = await inSnapshot(database, wrongDays);
  if (wrong.length === 0) return [];
  await database.transaction(async (tx) => {
    // Nobody posts meanwhile; whoever has begun to is waited for.
    await tx.query('lock table journal_entries in share row exclusive mode');
    await tx.query("set local journal.mending = 'on'");
    await tx.query('delete from journal_sums');
    await tx.query('delete from journal_days');
    await tx.query(`insert into journal_sums (day, ledger, currency, debit, credit) ${sums}`);
    await tx.query(`insert into journal_days (day, entries) ${days}`);
  });
  return wrong;
}

async function wrongDays(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ day: string }>(
    `select distinct coalesce(real.day, kept.day) as day
     from (${sums}) as real full join journal_sums as kept using (day, ledger, currency)
     where (real.debit, real.credit) is distinct from (kept.debit, kept.credit)
     union
     select coalesce(real.day, kept.day) from (${days}) as real full join journal_days as kept using (day)
     where real.entries is distinct from kept.entries
     order by day`,
  );
  return rows.map(({ day }) => day);
}
