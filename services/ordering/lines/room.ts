import { LineService } from '#proto/ordering/v1/line_service';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import * as calls from '../calls.ts';
import type { OrderingDependencies, Room } from '../room.ts';
import { billingAnswers } from './consumers/billingAnswers.ts';
import { ratingAnswers } from './consumers/ratingAnswers.ts';
import { onSpendingLimitReached } from './consumers/spendingLimit.ts';
import { changeLine } from './rpc/changeLine.ts';
import { changeOffering } from './rpc/changeOffering.ts';
import { createLine } from './rpc/createLine.ts';
import { getLine } from './rpc/getLine.ts';
import { listLines } from './rpc/listLines.ts';
import { updateLine } from './rpc/updateLine.ts';
import { limitSuspensionSaga } from './saga/limitSuspension.ts';
import { lineChangeSaga } from './saga/lineChange.ts';
import { repeatedTerminationSaga } from './saga/repeatedTermination.ts';

/** Postpaid lines and the orders that change them. */
export function linesRoom({ config, database, clients, clock }: OrderingDependencies): Room {
  const now = () => clock.now();
  const limitMs = config.lineSagaTimeLimitMs;
  const lineChange = lineChangeSaga(limitMs, now);
  const repeatedTermination = repeatedTerminationSaga(() => clients.for(calls.ratingAccounts), limitMs, now);
  const limitSuspension = limitSuspensionSaga(lineChange, now);
  const sagas = { lineChange, repeatedTermination };
  const service = implement(LineService, database, {
    createLine: command(createLine(lineChange, now)),
    getLine: getLine(database),
    listLines: listLines(database),
    updateLine: command(updateLine(now)),
    suspendLine: command(changeLine('SUSPEND', sagas, now)),
    resumeLine: command(changeLine('RESUME', sagas, now)),
    terminateLine: command(changeLine('TERMINATE', sagas, now)),
    restoreLine: command(changeLine('RESTORE', sagas, now)),
    changeLineOffering: command(changeOffering(lineChange, now)),
  });
  return {
    rpc: [service],
    consumers: [ratingAnswers(lineChange, [onSpendingLimitReached(limitSuspension)]), billingAnswers(lineChange)],
    sagas: [lineChange, repeatedTermination, limitSuspension],
  };
}
