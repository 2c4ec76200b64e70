import type { Transaction } from '#shared/database/database';
import type { Line } from '../domain/line.ts';
import { lineColumns } from './mapping.ts';

export async function insertLine(tx: Transaction, line: Line): Promise<void> {
  await tx.query(
    `insert into lines (${lineColumns})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      line.id,
      line.customerId,
      line.offeringId,
      line.business,
      line.serviceNumber,
      line.apn,
      line.email,
      line.address,
      line.accountId,
      line.state,
      line.activateTime,
      line.changeTime,
      line.createTime,
      line.updateTime,
      line.pendingOrderId ?? null,
      line.revision,
    ],
  );
}

/** Writes everything about a line that can change. The transaction holds its lock. */
export async function saveLine(tx: Transaction, line: Line): Promise<void> {
  await tx.query(
    `update lines set email = $2, address = $3, account_id = $4, state = $5, change_time = $6, update_time = $7,
       pending_order_id = $8, revision = $9, offering_id = $10
     where id = $1`,
    [
      line.id,
      line.email,
      line.address,
      line.accountId,
      line.state,
      line.changeTime,
      line.updateTime,
      line.pendingOrderId ?? null,
      line.revision,
      line.offeringId,
    ],
  );
}
