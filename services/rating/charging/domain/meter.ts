import { type Exact, smaller } from '#shared/money/decimal';
import { sumOfLines } from '#shared/pricing/priceLine';
import { priceVersion } from '#shared/pricing/priceVersion';
import type { TariffVersion, UsageItem } from '#shared/pricing/tariff';
import { taxOn } from '#shared/pricing/tax';

/** What a session's units cost. */
export interface Meter {
  currency: string;
  taxRate: Exact;
  metric: string;
  /** The business's own zone, for windows that name none. */
  timeZone: string;
  /** At least one; each with what of its version prices a session. */
  stretches: readonly { version: TariffVersion; startTime: Date; from: Exact }[];
}

/** Minor units of the meter's currency. */
export interface Price {
  /** With tax. */
  total: bigint;
  tax: bigint;
}

/**
 * The price of a session's first so many units, with tax: what it has been charged when they are used. Where one version prices all of
 * them it is what a quote of one item of so many units says: increments, allowance, tiers and packages run over the whole session.
 *
 * They run on, too, where another version or time of day takes over: its units cost the difference that they make to what the version
 * would ask for the whole session. So nobody gets an allowance twice, or pays the first tier's flat twice.
 *
 * It never falls with more units: `chargeable` refuses the only prices that would.
 */
export function priceAt(meter: Meter, units: Exact): Price {
  let net = 0n;
  for (const [index, stretch] of meter.stretches.entries()) {
    if (index > 0 && units.lte(stretch.from)) break;
    const before = index === 0 ? 0n : sumOf(meter, stretch.version, index, stretch.from);
    net += sumOf(meter, stretch.version, index + 1, units) - before;
  }
  const tax = taxOn({ currency: meter.currency, minor: net }, meter.taxRate).minor;
  return { total: net + tax, tax };
}

/** What one version asks for the first stretches, which are an item each, up to so many units. */
function sumOf(meter: Meter, version: TariffVersion, stretches: number, units: Exact): bigint {
  const { currency, metric, timeZone } = meter;
  const usage = meter.stretches.slice(0, stretches).map(({ startTime, from }, index): UsageItem => {
    const to = smaller(units, meter.stretches[index + 1]?.from ?? units);
    return { metric, startTime, quantity: to.sub(from) };
  });
  const lines = priceVersion(version, usage, { currency, timeZone, activeDays: 0, daysInMonth: 1 });
  return sumOfLines(lines, currency).minor;
}
