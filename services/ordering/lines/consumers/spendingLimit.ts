import { SpendingLimitReachedSchema } from '#proto/rating/v1/events';
import { on } from '#shared/inbox/consumer';
import { isStarted, startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { LimitSuspension } from '../saga/limitSuspension.ts';

/** Has a line suspended that has reached its spending limit, if its offering wants that; once a month. */
export function onSpendingLimitReached(saga: Saga<LimitSuspension>) {
  return on(SpendingLimitReachedSchema, async ({ lineId, period, suspend }, tx) => {
    if (!suspend) return;
    const id = `${lineId}:${period}`;
    if (await isStarted(tx, saga.type, id)) return;
    await startSaga(tx, saga, id, { lineId });
  });
}
