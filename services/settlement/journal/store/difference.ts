import type { Sql } from '#shared/database/database';

/**
 * How much money the books disagree about, by currency, in minor units: what the journal's kept sums are out of balance by, and the amounts of
 * the entries that the last comparison with billing's ledger found to be different and that still are. All of it is kept, none of it is
 * added up from the entries; 0 says that there is nothing of the kind.
 */
export async function readDifference(sql: Sql): Promise<{ currency: string; minor: bigint }[]> {
  const { rows } = await sql.query<{ currency: string; minor: string }>(
    `with kept as (
       select currency, abs(sum(debit) - sum(credit)) as minor from journal_sums group by currency
     ), disputed as (
       select line->>'currency' as currency, sum(greatest((line->>'amount')::numeric, 0)) as minor
       from journal_differences,
         jsonb_array_elements(case when billing = '[]' then settlement else billing end) as line
       where resolve_time is null group by 1
     )
     select coalesce(kept.currency, disputed.currency) as currency,
       coalesce(kept.minor, 0) + coalesce(disputed.minor, 0) as minor
     from kept full join disputed using (currency)`,
  );
  return rows.map(({ currency, minor }) => ({ currency, minor: BigInt(minor) }));
}
