/** Charges computed a second time, from nothing but the raw file and plain whole numbers. */

export interface Plan {
  /** Monthly fee in KRW. */
  readonly fee: bigint;
  readonly allowanceBytes: bigint;
  /** Prices in hundredths of KRW per MiB; `upToMib` is the last MiB beyond the allowance that the tier prices. */
  readonly tiers: readonly { readonly upToMib?: bigint; readonly hundredthsPerMib: bigint }[];
}

const MIB = 1_048_576n;

/** To the nearest whole number, halves away from zero; both must be positive. */
export function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator * 2n + denominator) / (denominator * 2n);
}

export function feeFor(plan: Plan, days: number, daysInMonth: number): bigint {
  return halfUp(plan.fee * BigInt(days), BigInt(daysInMonth));
}

export function dataFor(plan: Plan, bytes: bigint): bigint {
  let rest = bytes > plan.allowanceBytes ? bytes - plan.allowanceBytes : 0n;
  let from = 0n;
  // In hundredths of KRW times bytes, so that nothing is divided before the end.
  let sum = 0n;
  for (const { upToMib, hundredthsPerMib } of plan.tiers) {
    const room = upToMib === undefined ? rest : (upToMib - from) * MIB;
    const part = rest < room ? rest : room;
    sum += part * hundredthsPerMib;
    rest -= part;
    from = upToMib ?? from;
  }
  return halfUp(sum, MIB * 100n);
}

/** Bytes per service number of the records that must have been rated: sound, known, in service, first of their id. */
export function totalsOf(
  file: string,
  lines: readonly { serviceNumber: string; apn: string; active: readonly { start: number; end?: number }[] }[],
  now: number,
): Map<string, bigint> {
  const known = new Map(lines.map((line) => [line.serviceNumber, line]));
  const seen = new Set<string>();
  const totals = new Map<string, bigint>();
  for (const text of file.trimEnd().split('\n').slice(1)) {
    const match =
      /^([^,]+),([^,]+),([^,]+),(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\dZ),(\d{1,18}),(\d{1,18})$/.exec(
        text,
      );
    if (match === null) continue;
    const [, id = '', number = '', apn, time = '', up = '', down = ''] = match;
    const line = known.get(number);
    const at = Date.parse(time);
    // A day that the month does not have is read as one of the next month.
    const exists = new Date(at).toISOString().slice(0, 10) === time.slice(0, 10);
    const inService = line?.active.some(({ start, end }) => start <= at && (end === undefined || at < end)) ?? false;
    if (!exists || line?.apn !== apn || !inService || at > now || seen.has(id)) continue;
    seen.add(id);
    totals.set(number, (totals.get(number) ?? 0n) + BigInt(up) + BigInt(down));
  }
  return totals;
}
