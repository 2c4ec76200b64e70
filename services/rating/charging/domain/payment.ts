import { type Exact, whole } from '#shared/money/decimal';
import { incrementOf } from './chargeable.ts';
import { furthest } from './furthest.ts';
import { type Meter, priceAt } from './meter.ts';
import type { Session } from './session.ts';

/** Most minor units that billing takes as an amount. */
export const mostMinor = 10n ** 18n - 1n;

/** A debit that pays for a session's units up to a place. */
export interface Payment {
  units: Exact;
  /** Minor units, tax included. */
  amount: bigint;
  tax: bigint;
}

type Charged = Pick<Session, 'charged' | 'tax'>;

/**
 * What is due when the session's first so many units are used: the difference between their price and what was charged. Differences
 * of one price that is rounded once, so no rounding is lost or doubled however often a session reports.
 */
export function paymentUpTo(meter: Meter, { charged, tax }: Charged, units: Exact): Payment {
  const price = priceAt(meter, units);
  return { units, amount: price.total - charged, tax: price.tax - tax };
}

/** The largest payment towards the used units that the available amount allows; undefined if there is none. */
export function paymentWithin(
  meter: Meter,
  session: Charged & Pick<Session, 'paid' | 'used'>,
  available: bigint,
): Payment | undefined {
  const stretch = meter.stretches.findLast(({ from }) => from.lte(session.paid)) ?? meter.stretches[0];
  if (!stretch) return undefined;
  const step = incrementOf(stretch.version) ?? whole(1);
  const scale = { base: stretch.from, step, after: session.paid, before: session.used };
  const place = furthest(scale, (units) => paymentUpTo(meter, session, units).amount, available);
  return place && paymentUpTo(meter, session, place);
}
