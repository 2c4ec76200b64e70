import type { Sql, Transaction } from '#shared/database/database';
import type { BillingBook, RatingBook, SettlementKey } from '../domain/books.ts';
import type { Verdict } from '../domain/verdict.ts';
import { type SettlementHead, type SettlementRow, settlementColumns, toHead, toJson } from './mapping.ts';

/** Stores rating's figures, replacing earlier ones, and locks the month. */
export async function putRatingBook(
  tx: Transaction,
  key: SettlementKey,
  book: RatingBook,
  now: Date,
): Promise<SettlementHead> {
  return putBook(tx, 'rating_figures', key, book, now);
}

/** Stores billing's figures, replacing earlier ones, and locks the month. */
export async function putBillingBook(
  tx: Transaction,
  key: SettlementKey,
  book: BillingBook,
  now: Date,
): Promise<SettlementHead> {
  return putBook(tx, 'billing_figures', key, book, now);
}

async function putBook(
  tx: Transaction,
  column: 'rating_figures' | 'billing_figures',
  { business, period }: SettlementKey,
  book: RatingBook | BillingBook,
  now: Date,
): Promise<SettlementHead> {
  const { rows } = await tx.query<SettlementRow>(
    `insert into settlements (business, period, ${column}, create_time, update_time)
     values ($1, $2, $3::jsonb, $4, $4)
     on conflict (business, period) do update set ${column} = excluded.${column}, update_time = excluded.update_time
     returning ${settlementColumns}`,
    [business, period, toJson(book), now],
  );
  return one(rows);
}

/** Stores a comparison's result. The month is locked by the statement before. */
export async function putVerdict(
  tx: Transaction,
  { business, period }: SettlementKey,
  verdict: Verdict,
  now: Date,
): Promise<SettlementHead> {
  const { rows } = await tx.query<SettlementRow>(
    `update settlements set state = $3, differences = $4::jsonb, settle_time = $5, update_time = $5
     where business = $1 and period = $2
     returning ${settlementColumns}`,
    [business, period, verdict.state, toJson(verdict.state === 'DIFFERENCE' ? verdict.differences : []), now],
  );
  return one(rows);
}

export async function findHead(sql: Sql, { business, period }: SettlementKey): Promise<SettlementHead | undefined> {
  const { rows } = await sql.query<SettlementRow>(
    `select ${settlementColumns} from settlements where business = $1 and period = $2`,
    [business, period],
  );
  return rows[0] && toHead(rows[0]);
}

/** Heads by month, newest first, then by business; only those behind `after` = [period, business]. */
export async function listHeads(
  sql: Sql,
  filter: { business: string; after: string[] | undefined; limit: number },
): Promise<SettlementHead[]> {
  const { rows } = await sql.query<SettlementRow>(
    `select ${settlementColumns} from settlements
     where ($1 = '' or business = $1)
       and ($2::text is null or period < $2 or (period = $2 and business > $3))
     order by period desc, business
     limit $4`,
    [filter.business, filter.after?.[0] ?? null, filter.after?.[1] ?? null, filter.limit],
  );
  return rows.map(toHead);
}

function one(rows: SettlementRow[]): SettlementHead {
  if (rows[0] === undefined) throw new Error('the statement answers with no settlement');
  return toHead(rows[0]);
}
