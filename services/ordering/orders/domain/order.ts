export type OrderKind = 'LINE';
export type OrderAction = 'ACTIVATE' | 'SUSPEND' | 'RESUME' | 'TERMINATE' | 'RESTORE';
export type OrderState = 'PENDING' | OrderEnd['state'];

/** How an order can end. Once ended it stays as it is. */
export type OrderEnd =
  | { state: 'COMPLETED' }
  | { state: 'CANCELLED' }
  /** `reason` is one of the catalogue of failures. */
  | { state: 'REJECTED'; reason: string }
  | { state: 'FAILED'; reason: string }
  | { state: 'ALREADY_TERMINATED' };

/** One state an order has been in. */
export interface OrderTransition {
  state: OrderState;
  reason: string;
  time: Date;
}

/** The order record that every business shares. */
export interface Order {
  id: string;
  business: string;
  kind: OrderKind;
  action: OrderAction;
  customerId: string;
  offeringId: string;
  subjectId: string;
  subjectName: string;
  state: OrderState;
  stateReason: string;
  createTime: Date;
  effectiveTime: Date;
  /** Oldest first; the last one is the present state. */
  history: OrderTransition[];
  revision: bigint;
}

export type OrderWish = Omit<Order, 'state' | 'stateReason' | 'createTime' | 'history' | 'revision'>;

export function newOrder(wish: OrderWish, now: Date): Order {
  return {
    ...wish,
    state: 'PENDING',
    stateReason: '',
    createTime: now,
    history: [{ state: 'PENDING', reason: '', time: now }],
    revision: 1n,
  };
}

/** The order after its end. Ending it twice is a mistake of the caller, never of a user. */
export function endedOrder(order: Order, end: OrderEnd, now: Date): Order {
  if (order.state !== 'PENDING') throw new Error(`order ${order.id} is ${order.state} and cannot become ${end.state}`);
  const reason = 'reason' in end ? end.reason : '';
  return {
    ...order,
    state: end.state,
    stateReason: reason,
    history: [...order.history, { state: end.state, reason, time: now }],
    revision: order.revision + 1n,
  };
}
