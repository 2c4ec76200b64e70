import { lateCounter } from '../telemetry/counters.ts';
import { amountText, type Money } from './money.ts';

const note = 'tax included, in whole units of the currency; for dashboards, the books are the truth';
const revenue = lateCounter('jangbu.revenue', { description: `What was charged, ${note}` });
const refunds = lateCounter('jangbu.refunds', { description: `What was given back of what was charged, ${note}` });

/** Counts what a business has charged. A counter cannot fall, so what is less than nothing (a credit) is given back. */
export function countCharged(business: string, charged: Money): void {
  const { currency, minor } = charged;
  if (minor < 0n) countGivenBack(business, { currency, minor: -minor });
  else revenue.add(Number(amountText(charged)), { currency, 'jangbu.business': business });
}

/** Counts what a business has given back: revenue without it is what stays. */
export function countGivenBack(business: string, refund: Money): void {
  refunds.add(Number(amountText(refund)), { currency: refund.currency, 'jangbu.business': business });
}
