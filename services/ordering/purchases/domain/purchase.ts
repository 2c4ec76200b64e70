import type { OrderEnd } from '../../orders/domain/order.ts';

export type PurchaseKind = 'GOODS' | 'CONTENT';

/** What the saga of a purchase knows, as JSON. Its id is the order's. */
export interface Purchase {
  orderId: string;
  kind: PurchaseKind;
  customerId: string;
  offeringId: string;
  /** As it was called when it was ordered. */
  offeringName: string;
  /** Pieces, as a decimal number. */
  quantity: string;
  /** The price with tax and the tax in it, exact, in the currency's own decimals. */
  currency: string;
  total: string;
  tax: string;
  /** Where goods go. */
  address: string;
  /** The account that pays; empty until billing has named it. */
  accountId: string;
  /** Empty until the price is reserved; stays empty where nothing costs anything. */
  reservationId: string;
  /** Why it does not end as COMPLETED; empty if it does. */
  reason: string;
}

/** Whether there is nothing to pay, and so nothing to ask billing for. */
export function isFree({ total }: Pick<Purchase, 'total'>): boolean {
  return /^[0.]*$/.test(total);
}

/** What is wrong with the customer's side of a purchase: the customer can do something about it. */
const refusals: ReadonlySet<string> = new Set([
  'INSUFFICIENT_BALANCE',
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_MISMATCH',
  'CURRENCY_MISMATCH',
  'OUT_OF_STOCK',
  'CONTENT_ALREADY_OWNED',
]);

/** How an order ends that is not to be: refused for a reason of the customer's, or failed for one of ours. */
export function endFor(reason: string): OrderEnd {
  return refusals.has(reason) ? { state: 'REJECTED', reason } : { state: 'FAILED', reason };
}

/** Whether a failure to commit says for certain that nothing was spent: every other one leaves that open. */
export function neverSpent(reason: string): boolean {
  return reason === 'RESERVATION_STATE_FORBIDS' || reason === 'RESERVATION_NOT_FOUND';
}
