import type { CreateLineRequest } from '#proto/ordering/v1/line_service';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { CallContext } from '#shared/rpc/context';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { Offering } from '../../catalog/offering.ts';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { customerNotFound } from '../../customers/rpc/convert.ts';
import { findCustomer } from '../../customers/store/customers.ts';
import { placeOrder } from '../../orders/placeOrder.ts';
import type { Line } from '../domain/line.ts';
import { emitChangeRequested } from '../events.ts';
import type { LineChange } from '../saga/data.ts';
import { lineChangeOf } from '../saga/lineChange.ts';
import { insertLine } from '../store/writeLines.ts';
import { chosenTime } from './chosenTime.ts';
import { lineToProto } from './convert.ts';

/** Orders the activation of a new line: line, order, events and saga begin in one transaction. */
export function createLine(lineChange: Saga<LineChange>, clock: () => Date) {
  return async ({ line: wanted }: CreateLineRequest, tx: Transaction, context: CallContext) => {
    if (!wanted) throw invalidField('line', 'is missing');
    const now = clock();
    const activateTime = chosenTime('line.activate_time', wanted.activateTime, context, { now, since: undefined });
    if (!(await findCustomer(tx, wanted.customerId))) throw customerNotFound(wanted.customerId);
    const offering = await lineOffering(tx, wanted.offeringId);
    const { customerId, offeringId, serviceNumber, apn, email, address, accountId } = wanted;
    const { business } = offering;
    const id = newId();
    const order = await placeOrder(
      tx,
      {
        id: newId(),
        business,
        kind: 'LINE',
        action: 'ACTIVATE',
        customerId,
        offeringId,
        subjectId: id,
        subjectName: serviceNumber,
        effectiveTime: activateTime,
      },
      now,
    );
    const line: Line = {
      id,
      customerId,
      offeringId,
      business,
      serviceNumber,
      apn,
      email,
      address,
      accountId,
      state: 'PENDING',
      activateTime,
      changeTime: activateTime,
      createTime: now,
      updateTime: now,
      pendingOrderId: order.id,
      revision: 1n,
    };
    await insertLine(tx, line);
    await emitChangeRequested(tx, line, order, offering);
    await startSaga(tx, lineChange, order.id, lineChangeOf(order));
    return lineToProto(line);
  };
}

async function lineOffering(tx: Transaction, id: string): Promise<Offering> {
  const offering = await findOffering(tx, id);
  if (!offering) throw offeringNotFound(id);
  if (offering.kind === 'LINE') return offering;
  throw new Fault('OFFERING_KIND_MISMATCH', {
    message: `offering ${id} is of kind ${offering.kind}; a line needs one of kind LINE`,
    metadata: { offering_id: id, kind: offering.kind },
  });
}
