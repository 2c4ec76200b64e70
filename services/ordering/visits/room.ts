import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import { VisitService } from '#proto/ordering/v1/visit_service';
import { command, longCommand } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import * as calls from '../calls.ts';
import type { OrderingDependencies, Room } from '../room.ts';
import { creditAnswers } from './consumers/creditAnswers.ts';
import { checkOutVisit } from './rpc/checkOutVisit.ts';
import { createPenalty } from './rpc/createPenalty.ts';
import { createVisit } from './rpc/createVisit.ts';
import { getPenalty } from './rpc/getPenalty.ts';
import { getVisit } from './rpc/getVisit.ts';
import { listPenalties } from './rpc/listPenalties.ts';
import { listVisits } from './rpc/listVisits.ts';
import { releasePenalty } from './rpc/releasePenalty.ts';
import { earningSaga } from './saga/earning.ts';
import { penaltySaga } from './saga/penalty.ts';
import { refusalSaga } from './saga/refusal.ts';
import { releaseSaga } from './saga/release.ts';

/** How much later than the last moment of a posting billing is asked about it, so that clocks need not agree to the second. */
const clockSpareMs = 2_000;

/** Visits that earn points, penalties that cost some, and the bans that follow from those. */
export function visitsRoom({ config, database, clients, clock, log }: OrderingDependencies): Room {
  const now = () => clock.now();
  const balances = clients.for(calls.balances);
  const { visitCreditAskAgainMs, penaltyPostingLimitMs: postingLimitMs } = config;
  const earning = earningSaga(clients.for(calls.tariffs), visitCreditAskAgainMs, now);
  const refusal = refusalSaga(balances, postingLimitMs + clockSpareMs);
  const penalty = penaltySaga(balances, refusal, now);
  const release = releaseSaga(balances);
  const visits = implement(VisitService, database, {
    createVisit: command(createVisit(now)),
    getVisit: getVisit(database),
    listVisits: listVisits(database),
    checkOutVisit: command(checkOutVisit(earning, now)),
  });
  const penalties = implement(PenaltyService, database, {
    createPenalty: longCommand(createPenalty({ database, log, clock: now, saga: penalty, postingLimitMs })),
    getPenalty: getPenalty(database),
    listPenalties: listPenalties(database),
    releasePenalty: command(releasePenalty(release, now)),
  });
  return {
    rpc: [visits, penalties],
    consumers: [creditAnswers(earning)],
    sagas: [earning, penalty, refusal, release],
  };
}
