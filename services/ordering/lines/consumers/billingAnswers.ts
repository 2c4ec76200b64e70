import {
  ChargeAccountChangedSchema,
  ChargeAccountClosedSchema,
  ChargeAccountOpenedSchema,
  ChargeAccountRefusedSchema,
} from '#proto/billing/v1/events';
import { consumer, on } from '#shared/inbox/consumer';
import { signalSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { LineChange } from '../saga/data.ts';
import type { LineChangeSignal } from '../saga/lineChange.ts';

/** Hands billing's answers to the orders that asked. */
export function billingAnswers(lineChange: Saga<LineChange>) {
  const says = (answer: LineChangeSignal['answer']): LineChangeSignal => ({ party: 'billing', answer });
  return consumer({
    source: 'billing',
    aggregates: ['chargeAccount'],
    handlers: [
      on(ChargeAccountOpenedSchema, ({ orderId, accountId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'opened', accountId })),
      ),
      on(ChargeAccountChangedSchema, ({ orderId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'changed', accountId: '' })),
      ),
      on(ChargeAccountClosedSchema, ({ orderId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'closed', accountId: '' })),
      ),
      on(ChargeAccountRefusedSchema, ({ orderId, reason }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'refused', reason })),
      ),
    ],
  });
}
