import {
  ChargeAccountChangedSchema,
  ChargeAccountClosedSchema,
  ChargeAccountRefusedSchema,
} from '#proto/billing/v1/events';
import { type LineChangeRequested, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import type { ChangeAction } from '#shared/activity/activity';
import type { Transaction } from '#shared/database/database';
import { Fault, type Reason } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { emit } from '#shared/outbox/outbox';
import { instantOf } from '#shared/time/instant';
import { insertChange, lockChargeAccount } from '../store/chargeAccounts.ts';
import type { ChangeOffering } from './changeOffering.ts';
import type { LineChange } from './lineChange.ts';
import type { OpenChargeAccount } from './openChargeAccount.ts';

const actions = new Map<OrderAction, LineChange['action']>([
  [OrderAction.ACTIVATE, 'ACTIVATE'],
  [OrderAction.SUSPEND, 'SUSPEND'],
  [OrderAction.RESUME, 'RESUME'],
  [OrderAction.TERMINATE, 'TERMINATE'],
  [OrderAction.RESTORE, 'RESTORE'],
  [OrderAction.CHANGE_OFFERING, 'CHANGE_OFFERING'],
]);

/** What applies the changes that are more than a line going in or out of service. */
export interface LineChanges {
  open: OpenChargeAccount;
  changeOffering: ChangeOffering;
}

/** Applies an order's change to the line's charge account, or refuses it; either way an event tells ordering. */
export function onLineChangeRequested(changes: LineChanges) {
  return on(LineChangeRequestedSchema, async (event, tx) => {
    const change = read(event);
    const refusal = await apply(tx, change, changes);
    if (!refusal) return;
    await emit(tx, ChargeAccountRefusedSchema, { lineId: change.line.id, orderId: change.orderId, reason: refusal });
  });
}

function read({ orderId, line, action, effectiveTime, tariffId, offeringId }: LineChangeRequested): LineChange {
  const known = actions.get(action);
  if (!line || !effectiveTime || !known) {
    throw new Fault('EVENT_MALFORMED', { message: `order ${orderId} names no line, time or known action` });
  }
  if (known === 'CHANGE_OFFERING' && offeringId === '') {
    throw new Fault('EVENT_MALFORMED', { message: `order ${orderId} names no offering to change to` });
  }
  return { orderId, line, action: known, effectiveTime: instantOf(effectiveTime), tariffId, offeringId };
}

async function apply(tx: Transaction, change: LineChange, changes: LineChanges): Promise<Reason | undefined> {
  switch (change.action) {
    case 'ACTIVATE':
      return changes.open(tx, change);
    case 'CHANGE_OFFERING': {
      const { orderId, line, effectiveTime, offeringId, tariffId } = change;
      const refusal = await changes.changeOffering(tx, {
        orderId,
        lineId: line.id,
        effectiveTime,
        offeringId,
        tariffId,
      });
      if (!refusal) await emit(tx, ChargeAccountChangedSchema, { lineId: line.id, orderId });
      return refusal;
    }
    case 'SUSPEND':
    case 'RESUME':
    case 'TERMINATE':
    case 'RESTORE':
      return applyToService(tx, change, change.action);
    default:
      return change.action satisfies never;
  }
}

/** Ordering has checked that the line's state allows it; billing only has to know the line. */
async function applyToService(
  tx: Transaction,
  { orderId, line, effectiveTime }: LineChange,
  action: Exclude<ChangeAction, 'ACTIVATE'>,
): Promise<Reason | undefined> {
  if (!(await lockChargeAccount(tx, line.id))) return 'CHARGE_ACCOUNT_NOT_FOUND';
  await insertChange(tx, orderId, line.id, { action, effectiveTime });
  const answer = action === 'TERMINATE' ? ChargeAccountClosedSchema : ChargeAccountChangedSchema;
  await emit(tx, answer, { lineId: line.id, orderId });
  return undefined;
}
