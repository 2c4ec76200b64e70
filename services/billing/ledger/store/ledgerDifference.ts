import type { Sql } from '#shared/database/database';

/** By how much the books of one currency disagree with themselves, in minor units. */
export interface LedgerDifference {
  currency: string;
  minor: bigint;
}

/**
 * Adds the whole journal up and compares: entries must sum to nothing, and the balances that accounts show must be what the journal says of
 * them. One statement, so that all of it is of one instant; it reads every line there is.
 */
export async function readLedgerDifference(sql: Sql): Promise<LedgerDifference[]> {
  const { rows } = await sql.query<{ currency: string; difference: string }>(
    `with journal as (
       select currency, sum(amount) as total,
         coalesce(sum(-amount) filter (where ledger = 'PREPAID'), 0) as prepaid,
         coalesce(sum(amount) filter (where ledger = 'RECEIVABLE'), 0) as receivable
       from journal_lines group by currency
     ), shown as (
       select currency, coalesce(sum(balance) filter (where kind = 'PREPAID'), 0) as prepaid,
         coalesce(sum(balance) filter (where kind = 'POSTPAID'), 0) as receivable
       from accounts group by currency
     )
     select coalesce(journal.currency, shown.currency) as currency,
       abs(coalesce(journal.total, 0))
         + abs(coalesce(journal.prepaid, 0) - coalesce(shown.prepaid, 0))
         + abs(coalesce(journal.receivable, 0) - coalesce(shown.receivable, 0)) as difference
     from journal full join shown using (currency)`,
  );
  return rows.map(({ currency, difference }) => ({ currency, minor: BigInt(difference) }));
}
