import type { Sql, Transaction } from '#shared/database/database';
import type { AccountAction, AccountChange } from '../domain/accountAction.ts';

export type AnswerKind = 'OPENED' | 'CHANGED' | 'CLOSED' | 'REFUSED';

/** What an order asked and what it was answered. */
export interface AnsweredChange extends AccountChange {
  orderId: string;
  lineId: string;
  answer: AnswerKind;
  reason: string;
}

interface Row {
  order_id: string;
  line_id: string;
  action: AccountAction;
  effective_time: Date;
  offering_id: string | null;
  tariff_id: string | null;
  answer: AnswerKind;
  reason: string;
}

/** What an order was answered before, if it asked before. */
export async function findChange(sql: Sql, orderId: string): Promise<AnsweredChange | undefined> {
  const { rows } = await sql.query<Row>('select * from account_changes where order_id = $1', [orderId]);
  const [row] = rows;
  if (!row) return undefined;
  return { ...changeOf(row), orderId: row.order_id, lineId: row.line_id, answer: row.answer, reason: row.reason };
}

export async function insertChange(tx: Transaction, change: AnsweredChange): Promise<void> {
  await tx.query(
    `insert into account_changes (order_id, line_id, action, effective_time, answer, reason, offering_id, tariff_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      change.orderId,
      change.lineId,
      change.action,
      change.effectiveTime,
      change.answer,
      change.reason,
      change.offeringId ?? null,
      change.tariffId ?? null,
    ],
  );
}

/** Takes an order's change back; false if there was none, or it was refused or taken back before. */
export async function abandonChange(tx: Transaction, orderId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "update account_changes set abandoned = true where order_id = $1 and not abandoned and answer <> 'REFUSED'",
    [orderId],
  );
  return rowCount === 1;
}

/** The changes that hold for a line, in the order in which they were asked. */
export async function changesOf(sql: Sql, lineId: string): Promise<AccountChange[]> {
  const { rows } = await sql.query<Row>(
    `select action, effective_time, offering_id, tariff_id from account_changes
     where line_id = $1 and not abandoned and answer <> 'REFUSED' order by sequence`,
    [lineId],
  );
  return rows.map(changeOf);
}

function changeOf({ action, effective_time, offering_id, tariff_id }: Row): AccountChange {
  const change = { action, effectiveTime: effective_time };
  return offering_id === null || tariff_id === null
    ? change
    : { ...change, offeringId: offering_id, tariffId: tariff_id };
}
