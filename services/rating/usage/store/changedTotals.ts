import type { Transaction } from '#shared/database/database';

/** Accounts whose totals of a month have changed. */
export interface ChangedTotals {
  periodNo: number;
  /** Each once. */
  accounts: number[];
}

/**
 * Takes notes of changed totals, the oldest first: at most so many rows of some thousand accounts. Whoever takes them looks at the totals in the
 * same transaction; if it fails, the notes are there again. A trigger writes them wherever totals are written.
 */
export async function takeChangedTotals(tx: Transaction, most: number): Promise<ChangedTotals[]> {
  const { rows } = await tx.query<{ period_no: number; accounts: number[] }>(
    `with taken as (
       delete from usage_total_changes where no in
         (select no from usage_total_changes order by no limit $1 for update skip locked)
       returning period_no, accounts)
     select period_no, array_agg(distinct account) as accounts from taken, unnest(accounts) as account
     group by period_no order by period_no`,
    [most],
  );
  return rows.map(({ period_no, accounts }) => ({ periodNo: period_no, accounts }));
}
