import { call, defineSaga, done, goto, type Saga, wait } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { giveBack, type Posting, post, type Taken } from './posting.ts';

/**
 * Makes sure of a refusal. Billing refuses a penalty for a customer without an account, say; but an earlier attempt, whose answer was lost, may still
 * be on its way and arrive when there is an account. Or one process of billing says that the last moment has passed, and another one, whose
 * clock is behind, still posts such an attempt. When it has passed by every clock, billing is asked once more: as a rule it says that nothing was
 * posted nor will be, else what was taken for a penalty that is none goes back.
 */
export function refusalSaga(balances: Balances, pauseMs: number): Saga<Posting> {
  return defineSaga<Posting>({
    type: 'penalty-refusal',
    first: 'pause',
    steps: {
      pause: wait<Posting, unknown>({
        limitMs: pauseMs,
        onSignal: async (_tx, data) => goto('ask', data),
        onTimeout: async (_tx, data) => goto('ask', data),
      }),
      ask: call<Posting, Taken>({
        limitMs: Number.POSITIVE_INFINITY,
        decides: ({ reason }) => reason === 'COMMAND_EXPIRED',
        run: (data, options) => post(balances, data, options),
        onResult: async (_tx, data, taken) =>
          taken.taken === '0' ? done(data) : goto('giveBack', { ...data, ...taken }),
        onFault: async (_tx, data) => done(data),
      }),
      giveBack: giveBack(balances, done),
    },
  });
}
