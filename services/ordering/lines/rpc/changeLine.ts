import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { findOffering } from '../../catalog/store/offerings.ts';
import { orderToProto } from '../../orders/rpc/convert.ts';
import type { LineCommand } from '../domain/line.ts';
import { emitChangeRequested } from '../events.ts';
import type { LineChange, RepeatedTermination } from '../saga/data.ts';
import { lineChangeOf } from '../saga/lineChange.ts';
import { type CommandRequest, permittedLine, placeCommand } from './lineCommand.ts';

export interface LineSagas {
  lineChange: Saga<LineChange>;
  repeatedTermination: Saga<RepeatedTermination>;
}

/** Suspend, resume, terminate, restore: one order each, or a refusal that changes nothing. The answer is the order. */
export function changeLine(action: Exclude<LineCommand, 'CHANGE_OFFERING'>, sagas: LineSagas, clock: () => Date) {
  return async (request: CommandRequest, tx: Transaction, context: CallContext) => {
    const { line: before, verdict } = await permittedLine(action, request, tx, context);
    const change = { line: before, action, offeringId: before.offeringId };
    const { order, line } = await placeCommand(tx, change, request, context, clock());
    switch (verdict.kind) {
      case 'change':
        await emitChangeRequested(tx, line, order, await findOffering(tx, line.offeringId));
        await startSaga(tx, sagas.lineChange, order.id, lineChangeOf(order));
        break;
      case 'check-use':
        await startSaga(tx, sagas.repeatedTermination, order.id, { orderId: order.id, lineId: line.id, reason: '' });
        break;
      default:
        verdict satisfies never;
    }
    return orderToProto(order);
  };
}
