import type { Transaction } from '#shared/database/database';
import type { ChangedTotals } from '../../usage/store/changedTotals.ts';

/** Remembers lines whose records have to be added up to know what they have spent. */
export async function addCandidates(tx: Transaction, periodNo: number, accounts: readonly number[]): Promise<void> {
  if (accounts.length === 0) return;
  await tx.query(
    `insert into spending_candidates (period_no, account_no) select $1, unnest($2::int[]) on conflict do nothing`,
    [periodNo, accounts],
  );
}

/** Takes remembered lines of one month, as many as one pass over its records is worth. */
export async function takeCandidates(tx: Transaction, most: number): Promise<ChangedTotals | undefined> {
  const { rows } = await tx.query<{ period_no: number; account_no: number }>(
    `delete from spending_candidates where (period_no, account_no) in (
       select period_no, account_no from spending_candidates
       where period_no = (select min(period_no) from spending_candidates)
       order by account_no limit $1 for update skip locked)
     returning period_no, account_no`,
    [most],
  );
  const [first] = rows;
  return first && { periodNo: first.period_no, accounts: rows.map(({ account_no }) => account_no) };
}
