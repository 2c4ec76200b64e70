import { ChargeAccountClosedSchema } from '#proto/billing/v1/events';
import { LineChangeAbandonedSchema } from '#proto/ordering/v1/events';
import { on } from '#shared/inbox/consumer';
import { emit } from '#shared/outbox/outbox';
import { removeAccountOfLine } from '../store/accounts.ts';
import { abandonChange, deleteChargeAccount, lockChargeAccount } from '../store/chargeAccounts.ts';

/**
 * Takes back what was done for an order that failed. An activation's charge account goes away with the account that was opened
 * for it; any other change just no longer counts, so that a line has the offering again that it had. An order that billing refused has left nothing to take back.
 */
export const onLineChangeAbandoned = on(LineChangeAbandonedSchema, async ({ orderId, lineId, reason }, tx) => {
  await lockChargeAccount(tx, lineId);
  const action = await abandonChange(tx, orderId);
  if (action !== 'ACTIVATE') return;
  await deleteChargeAccount(tx, lineId);
  await removeAccountOfLine(tx, lineId);
  await emit(tx, ChargeAccountClosedSchema, { lineId, orderId, reason });
});
