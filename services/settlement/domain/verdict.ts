import type { BillingBook, OwnBook, RatingBook } from './books.ts';
import { type Difference, reconcile } from './reconcile.ts';

/**
 * Where a month's settlement is. It is OPEN until rating has closed the month, billing has completed its run and as many
 * invoices as billing speaks of have arrived, in whatever order. From then on every further event is compared at once:
 * SETTLED and DIFFERENCE may turn into one another, but the month is never OPEN again.
 */
export type Verdict = { state: 'OPEN' } | { state: 'SETTLED' } | { state: 'DIFFERENCE'; differences: Difference[] };

/** Whether, with both other books there, as many invoices have arrived as a comparison needs. */
export function isComplete(state: Verdict['state'], received: bigint, billing: BillingBook): boolean {
  // More invoices than announced is no reason to wait: that difference does not go away by itself.
  return state !== 'OPEN' || received >= billing.invoices;
}

/** Compares complete books. */
export function judge(own: OwnBook, rating: RatingBook, billing: BillingBook): Verdict {
  const differences = reconcile(own, rating, billing);
  return differences.length === 0 ? { state: 'SETTLED' } : { state: 'DIFFERENCE', differences };
}

/**
 * Whether the department has to hear of a new verdict: when the state changed, or another figure disagrees than before.
 * The same figures drifting further apart is not reported again, or a run of surplus invoices would be a run of mails.
 */
export function isNews(before: Verdict, after: Verdict): boolean {
  if (after.state === 'OPEN') return false;
  if (after.state !== before.state) return true;
  return disagreeing(after) !== disagreeing(before);
}

function disagreeing(verdict: Verdict): string {
  if (verdict.state !== 'DIFFERENCE') return '';
  return verdict.differences
    .map(({ figure, offeringId, source, currency }) => [source, figure, offeringId, currency].join(' '))
    .sort()
    .join('\n');
}
