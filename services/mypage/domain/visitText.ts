import { type Visit, VisitState } from '#proto/ordering/v1/visit';
import { amountText, isSome, reasonText } from './words.ts';

/** What a visit's new state means to the customer. */
export function visitText({ area, state, points, stateReason, offeringId }: Visit, offeringName: string): string {
  const where = `${area} (${offeringName || offeringId})`;
  switch (state) {
    case VisitState.CHECKED_IN:
      return `Checked in to ${where}`;
    case VisitState.CHECKED_OUT:
      return stateReason ? `Visit to ${where} earned nothing: ${reasonText(stateReason)}` : `Checked out of ${where}`;
    case VisitState.EARNED:
      return `Visit to ${where} earned ${isSome(points) ? amountText(points) : 'nothing'}`;
    default:
      // A state that a newer version of ordering knows.
      return `Visit to ${where} changed`;
  }
}
