import type { AccountChange } from './accountAction.ts';

/** An offering with the tariff it had when the line got it, and since when the line has it. */
export interface OfferingSince {
  since: Date;
  offeringId: string;
  tariffId: string;
}

/**
 * What a line has had, oldest first. Of changes at the same instant the one asked last counts; one that gives the line what it
 * has already is passed over.
 */
export function foldOfferings(changes: readonly AccountChange[]): OfferingSince[] {
  const folded: OfferingSince[] = [];
  for (const { effectiveTime: since, offeringId, tariffId } of changes.toSorted(byTime)) {
    if (offeringId === undefined || tariffId === undefined) continue;
    if (folded.at(-1)?.since.getTime() === since.getTime()) folded.pop();
    const last = folded.at(-1);
    if (last?.offeringId === offeringId && last.tariffId === tariffId) continue;
    folded.push({ since, offeringId, tariffId });
  }
  return folded;
}

function byTime(a: AccountChange, b: AccountChange): number {
  return a.effectiveTime.getTime() - b.effectiveTime.getTime();
}
