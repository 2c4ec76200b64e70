import { divideExact, whole } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Priced, Recurring } from './tariff.ts';

/**
 * The fee of a period: DAILY is fee × active days / days of the period; NONE the whole fee if there was any
 * active day. Both are 0 without one.
 */
export function priceRecurring(model: Recurring, activeDays: number, daysInPeriod: number): Priced {
  if (activeDays === 0) return priced([]);
  const share = model.proration === 'DAILY' ? divideExact(activeDays, daysInPeriod) : whole(1);
  const fee = { unitPrice: model.amount, amount: model.amount.mul(share) };
  return priced([step('proration', { quantity: share, ...fee })]);
}
