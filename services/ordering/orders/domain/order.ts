import type { Money } from '#shared/money/money';

export type OrderKind = 'LINE' | 'GOODS' | 'CONTENT';
export type OrderAction = 'ACTIVATE' | 'SUSPEND' | 'RESUME' | 'TERMINATE' | 'RESTORE' | 'CHANGE_OFFERING' | 'PURCHASE';
export type OrderState = 'PENDING' | OrderEnd['state'];

/** How a pending order can end. After that, only a completed purchase can change once more: it can be cancelled. */
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
export interface Order<Action extends OrderAction = OrderAction> {
  id: string;
  business: string;
  kind: OrderKind;
  action: Action;
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
  /** Pieces; 0 where nothing is counted. */
  quantity: bigint;
  /** What it costs at once; undefined where it is billed later. */
  total: Money | undefined;
  /** The account that pays at once; empty until it is known. */
  accountId: string;
}

type Given = 'state' | 'stateReason' | 'createTime' | 'history' | 'revision';
type Paid = 'quantity' | 'total' | 'accountId';

/** What is asked for; what is paid at once may be left out, and so may why it is asked. */
export type OrderWish<Action extends OrderAction = OrderAction> = Omit<Order<Action>, Given | Paid> &
  Partial<Pick<Order, Paid | 'stateReason'>>;

export function newOrder<Action extends OrderAction>(wish: OrderWish<Action>, now: Date): Order<Action> {
  return {
    quantity: 0n,
    total: undefined,
    accountId: '',
    stateReason: '',
    ...wish,
    state: 'PENDING',
    createTime: now,
    history: [{ state: 'PENDING', reason: wish.stateReason ?? '', time: now }],
    revision: 1n,
  };
}

/** The order after its end; one that fails for no reason of its own keeps the reason for which it was placed. Ending it twice is a mistake of the caller, never of a user. */
export function endedOrder(order: Order, end: OrderEnd, now: Date): Order {
  if (order.state !== 'PENDING') throw new Error(`order ${order.id} is ${order.state} and cannot become ${end.state}`);
  return entered(order, end.state, 'reason' in end ? end.reason : order.stateReason, now);
}

/** A completed order after everything about it has been taken back. */
export function cancelledOrder(order: Order, now: Date): Order {
  if (order.state !== 'COMPLETED') throw new Error(`order ${order.id} is ${order.state} and cannot become CANCELLED`);
  return entered(order, 'CANCELLED', '', now);
}

function entered(order: Order, state: OrderState, reason: string, time: Date): Order {
  return {
    ...order,
    state,
    stateReason: reason,
    history: [...order.history, { state, reason, time }],
    revision: order.revision + 1n,
  };
}
