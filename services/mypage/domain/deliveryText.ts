import { type Delivery, DeliveryState } from '#proto/ordering/v1/delivery';
import { piecesText } from './purchaseText.ts';

/** What a delivery's new state means to the customer. */
export function deliveryText({ state, quantity, offeringId }: Delivery, offeringName: string): string {
  const what = `Delivery of ${piecesText(quantity, offeringName || offeringId)}`;
  switch (state) {
    case DeliveryState.READY:
      return `${what} is being prepared`;
    case DeliveryState.SHIPPED:
      return `${what} is on its way`;
    case DeliveryState.COMPLETED:
      return `${what} has arrived`;
    case DeliveryState.CANCELLED:
      return `${what} was cancelled`;
    default:
      // A state that a newer version of ordering knows.
      return `${what} changed`;
  }
}
