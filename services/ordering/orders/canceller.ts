import type { Transaction } from '#shared/database/database';
import type { SagaName } from '#shared/saga/ends';
import type { Order, OrderKind } from './domain/order.ts';

/** How a room takes back the orders of its kinds. Rooms bring theirs along, so that orders know no business. */
export interface Canceller {
  /**
   * Begins to take the order back, or refuses with a fault that says why. The transaction holds the order's row; what is to happen
   * after its commit is given back.
   */
  cancel: (tx: Transaction, order: Order) => Promise<{ committed?: () => void }>;
  /** The saga that ends when everything about the order is back. */
  saga: (order: Pick<Order, 'id'>) => SagaName;
}

/** Kinds without one cannot be cancelled. */
export type Cancellers = Partial<Record<OrderKind, Canceller>>;
