import type { Order as ProtoOrder } from '#proto/ordering/v1/order';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { type SagaName, untilEnded } from '#shared/saga/ends';
import { orderNotFound, orderToProto } from './rpc/convert.ts';
import { findOrder } from './store/readOrders.ts';

/** How long a caller is kept waiting for an order's end, and how much of its own deadline is left for the answer. */
const mostMs = 5_000;
const spareMs = 250;

/** The order once its saga is over; as it is, when that takes too long. */
export async function untilSettled(
  sql: Sql,
  orderId: string,
  saga: SagaName,
  { signal, deadline }: CallContext,
): Promise<{ answer: ProtoOrder; settled: boolean }> {
  const patience = deadline ? deadline.getTime() - Date.now() - spareMs : mostMs;
  const settled = await untilEnded(sql, saga, { ms: Math.min(mostMs, patience), signal });
  const order = await findOrder(sql, orderId);
  if (!order) throw orderNotFound(orderId);
  return { answer: orderToProto(order), settled };
}
