import type { Delivery, DeliveryState, DeliveryTransition } from '../domain/delivery.ts';

/** A row of `deliveries`, as pg reads it. */
export interface DeliveryRow {
  id: string;
  order_id: string;
  business: string;
  customer_id: string;
  offering_id: string;
  offering_name: string;
  quantity: bigint;
  address: string;
  state: DeliveryState;
  create_time: Date;
  revision: bigint;
}

export interface DeliveryTransitionRow {
  delivery_id: string;
  state: DeliveryState;
  time: Date;
}

export const deliveryColumns = `id, order_id, business, customer_id, offering_id, offering_name, quantity, address, state,
  create_time, revision`;

export function toDelivery(row: DeliveryRow, transitions: DeliveryTransitionRow[]): Delivery {
  return {
    id: row.id,
    orderId: row.order_id,
    business: row.business,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    offeringName: row.offering_name,
    quantity: row.quantity,
    address: row.address,
    state: row.state,
    history: transitions.map(({ state, time }): DeliveryTransition => ({ state, time })),
    createTime: row.create_time,
    revision: row.revision,
  };
}
