import type { Transaction } from '#shared/database/database';
import type { Reason } from '#shared/errors/fault';
import type { Order } from '../../orders/domain/order.ts';
import type { Purchase, PurchaseKind } from '../domain/purchase.ts';

/** Why something cannot be had; undefined if it can. */
export type Hindrance = Reason | undefined;

/** What is particular about buying a kind of thing. Everything happens in the transaction given. */
export interface Ware {
  /** A look, before anything is asked of billing, at whether it can be had at all. */
  look: (tx: Transaction, purchase: Purchase) => Promise<Hindrance>;
  /** Takes it for the customer, who has not paid yet. */
  take: (tx: Transaction, purchase: Purchase) => Promise<Hindrance>;
  /** Undoes `take`: it was not paid. */
  putBack: (tx: Transaction, purchase: Purchase) => Promise<void>;
  /** Hands over what was taken and is paid. The transaction holds the order's row. */
  handOver: (tx: Transaction, purchase: Purchase, order: Order, now: Date) => Promise<void>;
  /** Takes it back from the customer; a fault says why that can no longer be. The transaction holds the order's row. */
  withdraw: (tx: Transaction, order: Order, now: Date) => Promise<void>;
}

export type Wares = Record<PurchaseKind, Ware>;
