import { startSaga } from '#shared/saga/progress';
import { call, defineSaga, done, goto, local, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { imposePenalty, refusePenalty } from './outcome.ts';
import { type Posting, post, type Taken } from './posting.ts';

/** Billing's word on this very penalty. Everything else passes, such as billing being away or not letting ordering in. */
const refusals: ReadonlySet<string> = new Set([
  'COMMAND_EXPIRED',
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_MISMATCH',
  'CURRENCY_MISMATCH',
  'IDEMPOTENCY_KEY_REUSED',
  'INVALID_REQUEST',
]);

/**
 * A penalty (SMOKE-4) stands if and only if billing has posted it. Billing is asked under one key until it has answered: what it has posted is
 * found again, and what it has not posted by the last moment it never will. Only then is the penalty imposed or refused; a refusal is made
 * sure of behind it.
 */
export function penaltySaga(balances: Balances, afterRefusal: Saga<Posting>, clock: () => Date): Saga<Posting> {
  return defineSaga<Posting>({
    type: 'penalty',
    first: 'begin',
    steps: {
      // A breach that costs nothing is recorded without asking anybody.
      begin: local(async (_tx, data) => goto(data.points === '0' ? 'impose' : 'post', data)),
      post: call<Posting, Taken>({
        limitMs: Number.POSITIVE_INFINITY,
        decides: ({ reason }) => refusals.has(reason),
        run: (data, options) => post(balances, data, options),
        onResult: async (_tx, data, taken) => goto('impose', { ...data, ...taken }),
        onFault: async (_tx, data, { reason }) => goto('refuse', { ...data, reason }),
      }),
      impose: local(async (tx, data) => {
        await imposePenalty(tx, data, clock());
        return done(data);
      }),
      refuse: local(async (tx, data) => {
        await refusePenalty(tx, data, clock());
        await startSaga(tx, afterRefusal, data.penaltyId, data);
        return done(data);
      }),
    },
  });
}
