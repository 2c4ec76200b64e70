import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';

/** What gives a customer the right to read content. */
export interface Entitlement {
  orderId: string;
  /** Undefined until something of it was read. */
  firstReadTime: Date | undefined;
}

interface EntitlementRow {
  order_id: string;
  first_read_time: Date | null;
}

/** Whether the customer has the content, or is paying for it. */
export async function isOwned(sql: Sql, customerId: string, offeringId: string): Promise<boolean> {
  const { rowCount } = await prepared(
    sql,
    `select from entitlements where customer_id = $1 and offering_id = $2 and state <> 'REVOKED'`,
    [customerId, offeringId],
  );
  return rowCount > 0;
}

/** Takes the content for a customer; false if somebody has it who is the same customer. Two at once meet at the unique index. */
export async function takeEntitlement(
  tx: Transaction,
  { orderId, customerId, offeringId }: { orderId: string; customerId: string; offeringId: string },
): Promise<boolean> {
  const { rowCount } = await prepared(
    tx,
    `insert into entitlements (order_id, customer_id, offering_id, state) values ($1, $2, $3, 'TAKEN')
     on conflict (customer_id, offering_id) where state <> 'REVOKED' do nothing`,
    [orderId, customerId, offeringId],
  );
  return rowCount === 1;
}

export async function grantEntitlement(tx: Transaction, orderId: string): Promise<void> {
  await prepared(tx, `update entitlements set state = 'GRANTED' where order_id = $1`, [orderId]);
}

export async function revokeEntitlement(tx: Transaction, orderId: string): Promise<void> {
  await prepared(tx, `update entitlements set state = 'REVOKED' where order_id = $1`, [orderId]);
}

/** The entitlement of an order, locked until the transaction ends. */
export async function lockEntitlement(tx: Transaction, orderId: string): Promise<Entitlement | undefined> {
  const { rows } = await prepared<EntitlementRow>(
    tx,
    `select order_id, first_read_time from entitlements where order_id = $1 and state = 'GRANTED' for update`,
    [orderId],
  );
  return rows[0] && toEntitlement(rows[0]);
}

/** The right of a customer to read an offering's content, if there is one. */
export async function findEntitlement(
  sql: Sql,
  customerId: string,
  offeringId: string,
): Promise<Entitlement | undefined> {
  const { rows } = await prepared<EntitlementRow>(
    sql,
    `select order_id, first_read_time from entitlements
     where customer_id = $1 and offering_id = $2 and state = 'GRANTED'`,
    [customerId, offeringId],
  );
  return rows[0] && toEntitlement(rows[0]);
}

function toEntitlement({ order_id, first_read_time }: EntitlementRow): Entitlement {
  return { orderId: order_id, firstReadTime: first_read_time ?? undefined };
}
