import type { Change, ChangeAction } from '#shared/activity/activity';
import type { Sql, Transaction } from '#shared/database/database';

export type AnswerKind = 'OPENED' | 'CHANGED' | 'CLOSED' | 'REFUSED';

export interface AccountChange {
  orderId: string;
  lineId: string;
  action: ChangeAction;
  effectiveTime: Date;
  answer: AnswerKind;
  reason: string;
}

interface Row {
  order_id: string;
  line_id: string;
  action: ChangeAction;
  effective_time: Date;
  answer: AnswerKind;
  reason: string;
}

/** What an order was answered before, if it asked before. */
export async function findChange(sql: Sql, orderId: string): Promise<AccountChange | undefined> {
  const { rows } = await sql.query<Row>('select * from account_changes where order_id = $1', [orderId]);
  const [row] = rows;
  if (!row) return undefined;
  const { order_id, line_id, action, effective_time, answer, reason } = row;
  return { orderId: order_id, lineId: line_id, action, effectiveTime: effective_time, answer, reason };
}

export async function insertChange(tx: Transaction, change: AccountChange): Promise<void> {
  await tx.query(
    `insert into account_changes (order_id, line_id, action, effective_time, answer, reason)
     values ($1, $2, $3, $4, $5, $6)`,
    [change.orderId, change.lineId, change.action, change.effectiveTime, change.answer, change.reason],
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
export async function changesOf(sql: Sql, lineId: string): Promise<Change[]> {
  const { rows } = await sql.query<Row>(
    `select action, effective_time from account_changes
     where line_id = $1 and not abandoned and answer <> 'REFUSED' order by sequence`,
    [lineId],
  );
  return rows.map(({ action, effective_time }) => ({ action, effectiveTime: effective_time }));
}
