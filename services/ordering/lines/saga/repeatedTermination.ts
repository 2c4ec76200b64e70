import { call, defineSaga, done, goto, local, type Saga } from '#shared/saga/saga';
import type { RatingAccounts } from '../../calls.ts';
import type { RepeatedTermination } from './data.ts';
import { endRepeatedTermination } from './outcome.ts';

/**
 * The termination of a line that is terminated (IOT-4). Rating is asked whether the account is in use; if not, it emits
 * RatingAccountUnused once for the order, and the order is ALREADY_TERMINATED. If rating contradicts, or does not
 * answer within the limit, the order is FAILED. Either way nothing else changes and nothing is charged.
 */
export function repeatedTerminationSaga(
  rating: () => RatingAccounts,
  limitMs: number,
  clock: () => Date,
): Saga<RepeatedTermination> {
  return defineSaga<RepeatedTermination>({
    type: 'repeated-termination',
    first: 'ask',
    steps: {
      ask: call<RepeatedTermination, boolean>({
        limitMs,
        run: async ({ lineId, orderId }, { signal, deadlineMs }) => {
          const { inUse } = await rating().checkAccountUse({ lineId, orderId }, { signal, deadlineMs });
          return inUse;
        },
        onResult: async (_tx, data, inUse) => goto('end', { ...data, reason: inUse ? 'LINE_STILL_IN_USE' : '' }),
        onFault: async (_tx, data, { reason }) => goto('end', { ...data, reason }),
      }),
      end: local(async (tx, data) => {
        await endRepeatedTermination(tx, data, clock());
        return done(data);
      }),
    },
  });
}
