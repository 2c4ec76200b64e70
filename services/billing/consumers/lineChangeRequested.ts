import {
  ChargeAccountChangedSchema,
  ChargeAccountClosedSchema,
  ChargeAccountRefusedSchema,
} from '#proto/billing/v1/events';
import { type LineChangeRequested, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import type { Line } from '#proto/ordering/v1/line';
import { OrderAction } from '#proto/ordering/v1/order';
import type { ChangeAction } from '#shared/activity/activity';
import type { Transaction } from '#shared/database/database';
import { Fault, type Reason } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { emit } from '#shared/outbox/outbox';
import { instantOf } from '#shared/time/instant';
import { insertChange, lockChargeAccount } from '../store/chargeAccounts.ts';
import type { OpenChargeAccount } from './openChargeAccount.ts';

/** An order's change of a line, complete. */
export interface LineChange {
  orderId: string;
  line: Line;
  action: ChangeAction;
  effectiveTime: Date;
  tariffId: string;
}

const actions = new Map<OrderAction, ChangeAction>([
  [OrderAction.ACTIVATE, 'ACTIVATE'],
  [OrderAction.SUSPEND, 'SUSPEND'],
  [OrderAction.RESUME, 'RESUME'],
  [OrderAction.TERMINATE, 'TERMINATE'],
  [OrderAction.RESTORE, 'RESTORE'],
]);

/** Applies an order's change to the line's charge account, or refuses it; either way an event tells ordering. */
export function onLineChangeRequested(open: OpenChargeAccount) {
  return on(LineChangeRequestedSchema, async (event, tx) => {
    const change = read(event);
    const refusal = change.action === 'ACTIVATE' ? await open(tx, change) : await apply(tx, change);
    if (!refusal) return;
    await emit(tx, ChargeAccountRefusedSchema, { lineId: change.line.id, orderId: change.orderId, reason: refusal });
  });
}

function read({ orderId, line, action, effectiveTime, tariffId }: LineChangeRequested): LineChange {
  const known = actions.get(action);
  if (!line || !effectiveTime || !known) {
    throw new Fault('EVENT_MALFORMED', { message: `order ${orderId} names no line, time or known action` });
  }
  return { orderId, line, action: known, effectiveTime: instantOf(effectiveTime), tariffId };
}

/** Ordering has checked that the line's state allows it; billing only has to know the line. */
async function apply(tx: Transaction, change: LineChange): Promise<Reason | undefined> {
  const { orderId, line, action } = change;
  if (!(await lockChargeAccount(tx, line.id))) return 'CHARGE_ACCOUNT_NOT_FOUND';
  await insertChange(tx, orderId, line.id, change);
  const answer = action === 'TERMINATE' ? ChargeAccountClosedSchema : ChargeAccountChangedSchema;
  await emit(tx, answer, { lineId: line.id, orderId });
  return undefined;
}
