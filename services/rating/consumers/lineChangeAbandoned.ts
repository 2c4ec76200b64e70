import { LineChangeAbandonedSchema } from '#proto/ordering/v1/events';
import { on } from '#shared/inbox/consumer';
import { answer } from '../accounts/answer.ts';
import { foldChanges } from '../accounts/domain/foldChanges.ts';
import { findAccount, isNumberTaken, saveState } from '../accounts/store/accounts.ts';
import { abandonChange, changesOf, findChange } from '../accounts/store/changes.ts';
import { applyLimit } from '../thresholds/store/spendingLimits.ts';

/**
 * IOT-1: takes back what was done for an order that failed. Usage that was rated meanwhile stays rated: the line was in service then
 * as far as anybody knew. An account closed by the order gets its number back only if nobody took it since.
 */
export const onLineChangeAbandoned = on(LineChangeAbandonedSchema, async (event, tx) => {
  const change = await findChange(tx, event.orderId);
  if (!change) return;
  const account = await findAccount(tx, change.lineId, 'for update');
  if (!account || !(await abandonChange(tx, event.orderId))) return;
  const state = foldChanges(await changesOf(tx, change.lineId));
  const open = state.open && !(await isNumberTaken(tx, account));
  await saveState(tx, change.lineId, { ...state, open });
  await applyLimit(tx, change.lineId);
  if (change.action === 'ACTIVATE') await answer(tx, 'CLOSED', { ...change, reason: event.reason });
});
