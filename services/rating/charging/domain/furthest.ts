import { type Exact, whole } from '#shared/money/decimal';

/** Places on the scale of a session's units: whole steps from `base`, above `after` and below `before`. */
export interface Scale {
  base: Exact;
  step: Exact;
  after: Exact;
  before: Exact;
}

/**
 * The furthest place that does not cost more than there is; undefined if not even the nearest does. The cost must not fall with the
 * units, so that halving finds it: some 130 prices for the largest numbers the contract takes.
 */
export function furthest(
  { base, step, after, before }: Scale,
  costAt: (units: Exact) => bigint,
  available: bigint,
): Exact | undefined {
  const place = (steps: bigint) => base.add(step.mul(whole(steps)));
  const wholeOf = ({ s, n }: Exact) => s * n;
  let affordable = wholeOf(after.sub(base).div(step).floor());
  let beyond = wholeOf(before.sub(base).div(step).ceil());
  const nearest = affordable + 1n;
  while (beyond - affordable > 1n) {
    const middle = (affordable + beyond) / 2n;
    if (costAt(place(middle)) <= available) affordable = middle;
    else beyond = middle;
  }
  return affordable >= nearest ? place(affordable) : undefined;
}
