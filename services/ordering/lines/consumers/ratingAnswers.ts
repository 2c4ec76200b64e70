import {
  RatingAccountChangedSchema,
  RatingAccountClosedSchema,
  RatingAccountOpenedSchema,
  RatingAccountRefusedSchema,
} from '#proto/rating/v1/events';
import { consumer, type Handler, on } from '#shared/inbox/consumer';
import { signalSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { LineChange } from '../saga/data.ts';
import type { LineChangeSignal } from '../saga/lineChange.ts';

/** Hands rating's answers to the orders that asked; what else rating says of a line's account comes along. */
export function ratingAnswers(lineChange: Saga<LineChange>, others: Handler[] = []) {
  const says = (answer: LineChangeSignal['answer']): LineChangeSignal => ({ party: 'rating', answer });
  return consumer({
    source: 'rating',
    aggregates: ['account'],
    handlers: [
      on(RatingAccountOpenedSchema, ({ orderId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'opened', accountId: '' })),
      ),
      on(RatingAccountChangedSchema, ({ orderId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'changed', accountId: '' })),
      ),
      on(RatingAccountClosedSchema, ({ orderId }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'closed', accountId: '' })),
      ),
      on(RatingAccountRefusedSchema, ({ orderId, reason }, tx) =>
        signalSaga(tx, lineChange, orderId, says({ kind: 'refused', reason })),
      ),
      ...others,
    ],
  });
}
