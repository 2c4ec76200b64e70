import type { Order } from '#proto/ordering/v1/order';
import { amountText } from './words.ts';

/** `3 × 감자` or just `감자`. */
export function piecesText(quantity: bigint, name: string): string {
  return quantity > 1n ? `${quantity} × ${name}` : name;
}

export function purchasedText(order: Order, offeringName: string): string {
  return `Bought ${piecesText(order.quantity, offeringName || order.offeringId)}${priceText(order, ' for')}`;
}

export function purchaseCancelledText(order: Order, offeringName: string): string {
  const what = piecesText(order.quantity, offeringName || order.offeringId);
  return `Purchase of ${what} was cancelled${priceText(order, '; given back:')}`;
}

function priceText({ total }: Order, before: string): string {
  return total ? `${before} ${amountText(total)}` : '';
}
