import type { Transaction } from '#shared/database/database';
import { endOrder } from '../../orders/endOrder.ts';
import { abandonChange, completeChange, freed } from '../domain/lifecycle.ts';
import type { Line } from '../domain/line.ts';
import { emitChangeAbandoned, emitChangeCompleted } from '../events.ts';
import { lockLine } from '../store/readLines.ts';
import { saveLine } from '../store/writeLines.ts';
import type { LineChange, RepeatedTermination } from './data.ts';

/** Everybody has confirmed: the line changes and the order is COMPLETED. */
export async function completeLineChange(tx: Transaction, data: LineChange, now: Date): Promise<void> {
  const line = await lineOf(tx, data);
  const order = await endOrder(tx, data.orderId, { state: 'COMPLETED' }, now);
  const { action, accountId } = data;
  const changed = completeChange(line, { ...order, action, accountId }, now);
  await saveLine(tx, changed);
  await emitChangeCompleted(tx, changed, action, order);
}

/** Somebody has not: the line stays as it was, the order is FAILED, and the others take back what they did. */
export async function abandonLineChange(tx: Transaction, data: LineChange, now: Date): Promise<void> {
  const line = await lineOf(tx, data);
  const order = await endOrder(tx, data.orderId, { state: 'FAILED', reason: data.reason }, now);
  await saveLine(tx, abandonChange(line, data.action, now));
  await emitChangeAbandoned(tx, order);
}

/** There was nothing to terminate, or it could not be found out. The line has not changed, so nobody else is told. */
export async function endRepeatedTermination(tx: Transaction, data: RepeatedTermination, now: Date): Promise<void> {
  const line = await lineOf(tx, data);
  const { orderId, reason } = data;
  await endOrder(tx, orderId, reason === '' ? { state: 'ALREADY_TERMINATED' } : { state: 'FAILED', reason }, now);
  await saveLine(tx, freed(line, now));
}

/** The line, locked. As long as the saga runs, its order is the one that changes the line. */
async function lineOf(tx: Transaction, { lineId, orderId }: { lineId: string; orderId: string }): Promise<Line> {
  const line = await lockLine(tx, lineId);
  if (line?.pendingOrderId !== orderId) throw new Error(`line ${lineId} is not being changed by order ${orderId}`);
  return line;
}
