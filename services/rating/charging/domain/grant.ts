import { type Exact, whole } from '#shared/money/decimal';
import { incrementOf } from './chargeable.ts';
import { furthest } from './furthest.ts';
import { type Meter, priceAt } from './meter.ts';
import { mostMinor } from './payment.ts';
import type { Session } from './session.ts';

/** Units beyond what is used, and the amount to reserve for them; 0 where they cost nothing. */
export type Grant = { kind: 'grant'; units: Exact; amount: bigint } | { kind: 'none' };

/**
 * What is granted of the units that are asked for: all of them, or as many as the available amount pays for, cut so that the units
 * since the stretch began are a whole number of increments. `available` is undefined until billing has said that all are too many.
 */
export function decideGrant(
  meter: Meter,
  { used, charged }: Pick<Session, 'used' | 'charged'>,
  requested: Exact,
  available: bigint | undefined,
): Grant {
  const costAt = (units: Exact) => priceAt(meter, units).total - charged;
  const wanted = used.add(requested);
  const most = available ?? mostMinor;
  const cost = costAt(wanted);
  if (cost <= most) return { kind: 'grant', units: requested, amount: cost };
  const stretch = meter.stretches.at(-1);
  if (!stretch) throw new Error('units are granted by a version');
  const scale = { base: stretch.from, step: incrementOf(stretch.version) ?? whole(1), after: used, before: wanted };
  const place = furthest(scale, costAt, most);
  return place ? { kind: 'grant', units: place.sub(used), amount: costAt(place) } : { kind: 'none' };
}
