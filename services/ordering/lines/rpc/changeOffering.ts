import type { ChangeLineOfferingRequest } from '#proto/ordering/v1/line_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { Offering } from '../../catalog/offering.ts';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { orderToProto } from '../../orders/rpc/convert.ts';
import type { Line } from '../domain/line.ts';
import { emitChangeRequested } from '../events.ts';
import type { LineChange } from '../saga/data.ts';
import { lineChangeOf } from '../saga/lineChange.ts';
import { permittedLine, placeCommand } from './lineCommand.ts';

/**
 * IOT-9: gives a line another offering of its business. Only rating knows the tariffs' currencies: where they differ it refuses, and
 * the order fails with OFFERING_MISMATCH, too.
 */
export function changeOffering(lineChange: Saga<LineChange>, clock: () => Date) {
  return async (request: ChangeLineOfferingRequest, tx: Transaction, context: CallContext) => {
    const { line: before } = await permittedLine('CHANGE_OFFERING', request, tx, context);
    const offering = await findOffering(tx, request.offeringId);
    if (!offering) throw offeringNotFound(request.offeringId);
    if (offering.id === before.offeringId) throw unchanged(before);
    if (offering.kind !== 'LINE' || offering.business !== before.business) throw mismatch(before, offering);
    const change = { line: before, action: 'CHANGE_OFFERING', offeringId: offering.id } as const;
    const { order, line } = await placeCommand(tx, change, request, context, clock());
    await emitChangeRequested(tx, line, order, offering);
    await startSaga(tx, lineChange, order.id, lineChangeOf(order));
    return orderToProto(order);
  };
}

function unchanged({ id, offeringId }: Line): Fault {
  return new Fault('OFFERING_UNCHANGED', {
    message: `line ${id} has the offering ${offeringId} already`,
    metadata: { line_id: id, offering_id: offeringId },
  });
}

function mismatch({ business }: Line, offering: Offering): Fault {
  return new Fault('OFFERING_MISMATCH', {
    message: `offering ${offering.id} is of kind ${offering.kind} and of ${offering.business}; the line needs one of kind LINE and of ${business}`,
    metadata: { offering_id: offering.id, kind: offering.kind, business: offering.business },
  });
}
