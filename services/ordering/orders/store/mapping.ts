import type { Order, OrderTransition } from '../domain/order.ts';

/** A row of `orders`, as pg reads it. */
export interface OrderRow {
  id: string;
  business: string;
  kind: Order['kind'];
  action: Order['action'];
  customer_id: string;
  offering_id: string;
  subject_id: string;
  subject_name: string;
  state: Order['state'];
  state_reason: string;
  create_time: Date;
  effective_time: Date;
  revision: bigint;
  quantity: bigint;
  total_currency: string | null;
  total_minor: bigint | null;
  account_id: string;
}

export interface TransitionRow {
  order_id: string;
  state: Order['state'];
  reason: string;
  time: Date;
}

export const orderColumns = `id, business, kind, action, customer_id, offering_id, subject_id, subject_name, state,
  state_reason, create_time, effective_time, revision, quantity, total_currency, total_minor, account_id`;

export function toOrder(row: OrderRow, transitions: TransitionRow[]): Order {
  return {
    id: row.id,
    business: row.business,
    kind: row.kind,
    action: row.action,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    subjectId: row.subject_id,
    subjectName: row.subject_name,
    state: row.state,
    stateReason: row.state_reason,
    createTime: row.create_time,
    effectiveTime: row.effective_time,
    history: transitions.map(({ state, reason, time }): OrderTransition => ({ state, reason, time })),
    revision: row.revision,
    quantity: row.quantity,
    total:
      row.total_currency === null || row.total_minor === null
        ? undefined
        : { currency: row.total_currency, minor: row.total_minor },
    accountId: row.account_id,
  };
}
