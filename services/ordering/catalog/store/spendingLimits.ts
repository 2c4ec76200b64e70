import type { Sql, Transaction } from '#shared/database/database';
import type { SpendingLimit } from '../offering.ts';

/** Writes an offering's limit, or that it has none. The transaction holds the offering's row. */
export async function saveSpendingLimit(
  tx: Transaction,
  offeringId: string,
  limit: SpendingLimit | undefined,
): Promise<void> {
  if (!limit) {
    await tx.query('delete from spending_limits where offering_id = $1', [offeringId]);
    return;
  }
  const { amount, suspend } = limit;
  await tx.query(
    `insert into spending_limits (offering_id, currency, minor, suspend) values ($1, $2, $3, $4)
     on conflict (offering_id) do update
       set currency = excluded.currency, minor = excluded.minor, suspend = excluded.suspend`,
    [offeringId, amount.currency, amount.minor, suspend],
  );
}

/** The limits of those of the offerings that have one. */
export async function spendingLimitsOf(sql: Sql, offeringIds: string[]): Promise<Map<string, SpendingLimit>> {
  const { rows } = await sql.query<{ offering_id: string; currency: string; minor: bigint; suspend: boolean }>(
    'select offering_id, currency, minor, suspend from spending_limits where offering_id = any($1)',
    [offeringIds],
  );
  return new Map(
    rows.map(({ offering_id, currency, minor, suspend }) => [offering_id, { amount: { currency, minor }, suspend }]),
  );
}
