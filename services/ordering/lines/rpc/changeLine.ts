import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { findOffering } from '../../catalog/store/offerings.ts';
import { placeOrder } from '../../orders/placeOrder.ts';
import { orderToProto } from '../../orders/rpc/convert.ts';
import { claimed, decideCommand } from '../domain/lifecycle.ts';
import type { Line, LineCommand } from '../domain/line.ts';
import { emitChangeRequested } from '../events.ts';
import { type LineChange, lineChangeOf } from '../saga/lineChange.ts';
import type { RepeatedTermination } from '../saga/repeatedTermination.ts';
import { lockLine } from '../store/readLines.ts';
import { saveLine } from '../store/writeLines.ts';
import { chosenTime } from './chosenTime.ts';
import { lineNotFound } from './convert.ts';

interface ChangeRequest {
  line: string;
  effectiveTime?: Timestamp | undefined;
  etag: string;
}

export interface LineSagas {
  lineChange: Saga<LineChange>;
  repeatedTermination: Saga<RepeatedTermination>;
}

/** Suspend, resume, terminate, restore: one order each, or a refusal that changes nothing. The answer is the order. */
export function changeLine(action: LineCommand, sagas: LineSagas, clock: () => Date) {
  return async (request: ChangeRequest, tx: Transaction, context: CallContext) => {
    const line = await lockLine(tx, request.line);
    if (!line) throw lineNotFound(request.line);
    requireOwner(context.caller, line.customerId, lineNotFound(request.line));
    checkEtag(request.etag || context.ifMatch, line.revision);
    const verdict = decideCommand(line, action);
    if (verdict.kind === 'busy') throw busy(verdict.orderId);
    if (verdict.kind === 'forbidden') throw forbidden(line, action);
    const now = clock();
    const effectiveTime = chosenTime('effective_time', request.effectiveTime, context, { now, since: line.changeTime });
    const order = await placeOrder(
      tx,
      {
        id: newId(),
        business: line.business,
        kind: 'LINE',
        action,
        customerId: line.customerId,
        offeringId: line.offeringId,
        subjectId: line.id,
        subjectName: line.serviceNumber,
        effectiveTime,
      },
      now,
    );
    const changing = claimed(line, order.id, now);
    await saveLine(tx, changing);
    switch (verdict.kind) {
      case 'change': {
        const offering = await findOffering(tx, line.offeringId);
        await emitChangeRequested(tx, changing, order, offering?.tariffId ?? '');
        await startSaga(tx, sagas.lineChange, order.id, lineChangeOf(order));
        break;
      }
      case 'check-use':
        await startSaga(tx, sagas.repeatedTermination, order.id, { orderId: order.id, lineId: line.id, reason: '' });
        break;
      default:
        verdict satisfies never;
    }
    return orderToProto(order);
  };
}

function busy(orderId: string): Fault {
  return new Fault('LINE_CHANGE_IN_PROGRESS', {
    message: `order ${orderId} is changing the line right now`,
    metadata: { order_id: orderId },
  });
}

function forbidden({ state }: Line, action: LineCommand): Fault {
  return new Fault('LINE_STATE_FORBIDS', {
    message: `a line that is ${state} does not take ${action}`,
    metadata: { state, action },
  });
}
