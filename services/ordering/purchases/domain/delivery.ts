export type DeliveryState = 'READY' | 'SHIPPED' | 'COMPLETED' | 'CANCELLED';
export type DeliveryCommand = 'SHIP' | 'COMPLETE' | 'CANCEL';

/** One state a delivery has been in. */
export interface DeliveryTransition {
  state: DeliveryState;
  time: Date;
}

/** Goods on their way to a customer. */
export interface Delivery {
  id: string;
  orderId: string;
  business: string;
  customerId: string;
  offeringId: string;
  /** As it was called when it was ordered. */
  offeringName: string;
  quantity: bigint;
  address: string;
  state: DeliveryState;
  /** Oldest first; the last one is the present state. */
  history: DeliveryTransition[];
  createTime: Date;
  revision: bigint;
}

export type DeliveryWish = Omit<Delivery, 'state' | 'history' | 'createTime' | 'revision'>;

/**
 * The life of a delivery:
 *
 *     READY ── ship ──> SHIPPED ── complete ──> COMPLETED
 *       └── cancel ──> CANCELLED
 */
const allowed: Record<DeliveryState, Partial<Record<DeliveryCommand, DeliveryState>>> = {
  READY: { SHIP: 'SHIPPED', CANCEL: 'CANCELLED' },
  SHIPPED: { COMPLETE: 'COMPLETED' },
  COMPLETED: {},
  CANCELLED: {},
};

export function newDelivery(wish: DeliveryWish, now: Date): Delivery {
  return { ...wish, state: 'READY', history: [{ state: 'READY', time: now }], createTime: now, revision: 1n };
}

/** The delivery after a command; undefined where its state forbids it. */
export function moved(delivery: Delivery, command: DeliveryCommand, now: Date): Delivery | undefined {
  const state = allowed[delivery.state][command];
  if (state === undefined) return undefined;
  const history = [...delivery.history, { state, time: now }];
  return { ...delivery, state, history, revision: delivery.revision + 1n };
}
