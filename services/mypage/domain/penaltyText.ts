import type { Ban, Penalty } from '#proto/ordering/v1/penalty';
import { amountText, isSome } from './words.ts';

/** A penalty that stands, with what was really lost, which may be less than it counts. */
export function penaltyImposedText(penalty: Penalty, offeringName: string): string {
  const lost = isSome(penalty.taken) ? `${amountText(penalty.taken)} lost` : 'nothing lost';
  return `${what(penalty, offeringName)}; ${lost}`;
}

export function penaltyReleasedText(penalty: Penalty, offeringName: string): string {
  return `${what(penalty, offeringName)} was released`;
}

function what({ points, place, offeringId }: Penalty, offeringName: string): string {
  return `Penalty of ${amountText(points)}${place && ` at ${place}`} (${offeringName || offeringId})`;
}

export function bannedText({ standingPoints, threshold, offeringId }: Ban, offeringName: string): string {
  const penalties = `penalties of ${amountText(standingPoints)} have reached the limit of ${amountText(threshold)}`;
  return `Banned from ${offeringName || offeringId}: ${penalties}`;
}

export function unbannedText({ offeringId }: Ban, offeringName: string): string {
  return `No longer banned from ${offeringName || offeringId}`;
}
