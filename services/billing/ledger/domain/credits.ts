/** What is left of a credit that expires. */
export interface Credit {
  id: string;
  accountId: string;
  remaining: bigint;
  expireTime: Date;
}

/** A part of a credit. */
export interface CreditPart {
  creditId: string;
  minor: bigint;
}

/**
 * Which credits an amount is taken from: what expires first is spent first, and the rest of the balance, which never expires,
 * last. The credits come in the order of their ends.
 */
export function takeFrom(credits: readonly Credit[], minor: bigint): CreditPart[] {
  let wanted = minor;
  const parts: CreditPart[] = [];
  for (const { id, remaining } of credits) {
    const taken = atMost(remaining, wanted);
    if (taken > 0n) parts.push({ creditId: id, minor: taken });
    wanted -= taken;
  }
  return parts;
}

/** What of a reservation's parts is not spent when this much of it is; the parts come in the order of their ends. */
export function unspent(parts: readonly CreditPart[], spent: bigint): CreditPart[] {
  let left = spent;
  const back: CreditPart[] = [];
  for (const { creditId, minor } of parts) {
    const used = atMost(minor, left);
    if (minor > used) back.push({ creditId, minor: minor - used });
    left -= used;
  }
  return back;
}

/**
 * What goes back to each credit when the refunds of a reservation grow from `before` to `behind`. What was spent last goes back
 * first: the part without an end, then what expires latest.
 */
export function refundParts(
  parts: readonly CreditPart[],
  committed: bigint,
  before: bigint,
  behind: bigint,
): CreditPart[] {
  const kept = new Map(unspent(parts, committed - before).map(({ creditId, minor }) => [creditId, minor]));
  return unspent(parts, committed - behind)
    .map(({ creditId, minor }) => ({ creditId, minor: minor - (kept.get(creditId) ?? 0n) }))
    .filter(({ minor }) => minor > 0n);
}

export function atMost(value: bigint, limit: bigint): bigint {
  if (value > limit) return limit;
  return value;
}
