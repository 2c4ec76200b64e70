import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  LineActivatedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  LineOfferingChangedSchema,
  LineRestoredSchema,
  LineResumedSchema,
  LineSuspendedSchema,
  LineTerminatedSchema,
  LineUpdatedSchema,
} from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Offering } from '../catalog/offering.ts';
import { limitToProto } from '../catalog/spendingLimit.ts';
import { spendingLimitsOf } from '../catalog/store/spendingLimits.ts';
import type { Order } from '../orders/domain/order.ts';
import type { Line, LineAction } from './domain/line.ts';
import { lineToProto } from './rpc/convert.ts';

/** The event of every completed action. */
const completed = {
  ACTIVATE: LineActivatedSchema,
  SUSPEND: LineSuspendedSchema,
  RESUME: LineResumedSchema,
  TERMINATE: LineTerminatedSchema,
  RESTORE: LineRestoredSchema,
  CHANGE_OFFERING: LineOfferingChangedSchema,
} satisfies Record<LineAction, unknown>;

/** Asks rating and billing to apply an order to their own accounts. `offering` is the order's own. */
export async function emitChangeRequested(
  tx: Transaction,
  line: Line,
  order: Order,
  offering: Offering | undefined,
): Promise<void> {
  await emit(tx, LineChangeRequestedSchema, {
    orderId: order.id,
    action: OrderAction[order.action],
    line: lineToProto(line),
    effectiveTime: timestampFromDate(order.effectiveTime),
    tariffId: offering?.tariffId ?? '',
    offeringId: order.action === 'CHANGE_OFFERING' ? order.offeringId : '',
    spendingLimit: limitToProto((await spendingLimitsOf(tx, [order.offeringId])).get(order.offeringId)),
  });
}

export async function emitChangeCompleted(
  tx: Transaction,
  line: Line,
  action: LineAction,
  order: Order,
): Promise<void> {
  await emit(tx, completed[action], {
    line: lineToProto(line),
    orderId: order.id,
    effectiveTime: timestampFromDate(order.effectiveTime),
  });
}

/** Asks rating and billing to take back what they did for an order. */
export async function emitChangeAbandoned(tx: Transaction, order: Order): Promise<void> {
  await emit(tx, LineChangeAbandonedSchema, {
    orderId: order.id,
    lineId: order.subjectId,
    action: OrderAction[order.action],
    reason: order.stateReason,
  });
}

export async function emitLineUpdated(tx: Transaction, line: Line): Promise<void> {
  await emit(tx, LineUpdatedSchema, { line: lineToProto(line) });
}
