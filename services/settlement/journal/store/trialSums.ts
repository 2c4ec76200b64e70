import type { Sql } from '#shared/database/database';
import type { Ledger } from '../domain/entry.ts';
import type { LedgerSum } from '../domain/trialBalance.ts';

// Whole days from the kept sums, less what the last of them posted at or after the time: nothing for a time that is now.
const sumsBefore = `
  with day as (select ($1::timestamptz at time zone 'UTC')::date as today), later as materialized (
    select id from journal_entries, day where time >= $1 and time < (today + 1)::timestamp at time zone 'UTC'
  )`;

/** Sums of all entries before a time, by ledger and currency. */
export async function readTrialSums(sql: Sql, time: Date): Promise<LedgerSum[]> {
  const { rows } = await sql.query<{ ledger: Ledger; currency: string; debit: string; credit: string }>(
    `${sumsBefore}
     select ledger, currency, sum(debit) as debit, sum(credit) as credit from (
       select ledger, currency, debit, credit from journal_sums as kept, day where kept.day <= today
       union all
       select ledger, currency, -greatest(amount, 0), -greatest(-amount, 0)
       from later join journal_lines on entry_id = id
     ) as sums group by ledger, currency`,
    [time],
  );
  return rows.map(({ ledger, currency, debit, credit }) => ({
    ledger,
    currency,
    debit: BigInt(debit),
    credit: BigInt(credit),
  }));
}

export async function countEntries(sql: Sql, time: Date): Promise<bigint> {
  const { rows } = await sql.query<{ entries: string }>(
    `${sumsBefore}
     select coalesce((select sum(entries) from journal_days as kept, day where kept.day <= today), 0) - (select count(*) from later)
       as entries`,
    [time],
  );
  return BigInt(rows[0]?.entries ?? 0);
}
