import { defineSaga, done, goto, local, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { giveBack, type Posting } from './posting.ts';

/** The points of a released penalty (SMOKE-5): given back however long that takes. The release itself is done when this begins. */
export function releaseSaga(balances: Balances): Saga<Posting> {
  return defineSaga<Posting>({
    type: 'penalty-release',
    first: 'begin',
    steps: {
      begin: local(async (_tx, data) => (data.taken === '0' ? done(data) : goto('giveBack', data))),
      giveBack: giveBack(balances, done),
    },
  });
}
