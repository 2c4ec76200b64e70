import type { Change, ChangeAction } from '#shared/activity/activity';
import type { Transaction } from '#shared/database/database';

/** What billing needs of a line to charge it. */
export interface ChargeAccount {
  lineId: string;
  accountId: string;
  customerId: string;
  business: string;
  offeringId: string;
  tariffId: string;
  serviceNumber: string;
  email: string;
  address: string;
}

export async function insertChargeAccount(tx: Transaction, account: ChargeAccount): Promise<void> {
  await tx.query(
    `insert into charge_accounts
       (line_id, account_id, customer_id, business, offering_id, tariff_id, service_number, email, address)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      account.lineId,
      account.accountId,
      account.customerId,
      account.business,
      account.offeringId,
      account.tariffId,
      account.serviceNumber,
      account.email,
      account.address,
    ],
  );
}

export async function updateContact(
  tx: Transaction,
  lineId: string,
  contact: { email: string; address: string },
): Promise<void> {
  await tx.query('update charge_accounts set email = $2, address = $3 where line_id = $1', [
    lineId,
    contact.email,
    contact.address,
  ]);
}

/** Locks the line's charge account; its currency, or undefined if there is none. */
export async function lockChargeAccount(tx: Transaction, lineId: string): Promise<{ currency: string } | undefined> {
  const { rows } = await tx.query<{ currency: string }>(
    `select currency from charge_accounts join accounts on accounts.id = account_id
     where line_id = $1 for update of charge_accounts`,
    [lineId],
  );
  return rows[0];
}

export async function deleteChargeAccount(tx: Transaction, lineId: string): Promise<void> {
  await tx.query('delete from charge_accounts where line_id = $1', [lineId]);
}

export async function insertChange(tx: Transaction, orderId: string, lineId: string, change: Change): Promise<void> {
  await tx.query('insert into account_changes (order_id, line_id, action, effective_time) values ($1, $2, $3, $4)', [
    orderId,
    lineId,
    change.action,
    change.effectiveTime,
  ]);
}

/** The line has another offering from a time on. */
export async function insertOfferingChange(
  tx: Transaction,
  change: { orderId: string; lineId: string; effectiveTime: Date; offeringId: string; tariffId: string },
): Promise<void> {
  await tx.query(
    `insert into account_changes (order_id, line_id, action, effective_time, offering_id, tariff_id)
     values ($1, $2, 'CHANGE_OFFERING', $3, $4, $5)`,
    [change.orderId, change.lineId, change.effectiveTime, change.offeringId, change.tariffId],
  );
}

/** Takes an order's change back; the change it was, or undefined if none was applied. */
export async function abandonChange(
  tx: Transaction,
  orderId: string,
): Promise<ChangeAction | 'CHANGE_OFFERING' | undefined> {
  const { rows } = await tx.query<{ action: ChangeAction | 'CHANGE_OFFERING' }>(
    'update account_changes set abandoned = true where order_id = $1 and not abandoned returning action',
    [orderId],
  );
  return rows[0]?.action;
}
