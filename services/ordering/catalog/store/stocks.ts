import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';

export async function insertStock(tx: Transaction, offeringId: string, quantity: bigint): Promise<void> {
  await prepared(tx, 'insert into stocks (offering_id, quantity) values ($1, $2)', [offeringId, quantity]);
}

/** Pieces of each of the offerings that have a stock. */
export async function stocksOf(sql: Sql, offeringIds: string[]): Promise<Map<string, bigint>> {
  const { rows } = await prepared<{ offering_id: string; quantity: bigint }>(
    sql,
    'select offering_id, quantity from stocks where offering_id = any($1)',
    [offeringIds],
  );
  return new Map(rows.map(({ offering_id, quantity }) => [offering_id, quantity]));
}

/** Takes pieces out, if there are as many; says whether. The row is locked until the transaction ends, so it is best done last. */
export async function takeStock(tx: Transaction, offeringId: string, quantity: bigint): Promise<boolean> {
  const { rowCount } = await prepared(
    tx,
    'update stocks set quantity = quantity - $2 where offering_id = $1 and quantity >= $2',
    [offeringId, quantity],
  );
  return rowCount === 1;
}

/** Puts pieces in: new ones, or those that were taken out. Gives the new stock; undefined for an offering without one. */
export async function addStock(tx: Transaction, offeringId: string, quantity: bigint): Promise<bigint | undefined> {
  const { rows } = await prepared<{ quantity: bigint }>(
    tx,
    'update stocks set quantity = quantity + $2 where offering_id = $1 returning quantity',
    [offeringId, quantity],
  );
  return rows[0]?.quantity;
}
