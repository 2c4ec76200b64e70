import type { Money } from '#shared/money/money';
import { type CompiledVersion, compileVersion } from '#shared/pricing/compileVersion';
import { countsItems } from '#shared/pricing/needsItems';
import type { TariffVersion } from '#shared/pricing/tariff';
import type { LineMonth, Portion } from './lineMonth.ts';
import { priceLine } from './priceLine.ts';

interface Compiled extends CompiledVersion {
  /** What each component charges of a line's usage. */
  metrics: ('bytes' | 'events' | 'nothing')[];
}

/**
 * What lines come to in a month, where nobody asks how: the same amounts as priceLine's. Most lines have one portion without anything
 * counted item by item; what prices those is compiled once a version.
 */
export class MonthPricer {
  readonly #daysInMonth: number;
  readonly #compiled = new Map<TariffVersion, Compiled | undefined>();
  readonly #quantities: bigint[] = [];
  readonly #amounts: bigint[] = [];

  constructor(daysInMonth: number) {
    this.#daysInMonth = daysInMonth;
  }

  amountOf(line: Pick<LineMonth, 'portions'>): Money {
    const [portion, ...others] = line.portions;
    const compiled = portion && others.length === 0 ? this.#compiledFor(portion) : undefined;
    if (!portion || !compiled) return priceLine(line, this.#daysInMonth).amount;
    const { metrics } = compiled;
    const [quantities, amounts] = [this.#quantities, this.#amounts];
    for (let index = 0; index < metrics.length; index++) quantities[index] = quantityOf(portion, metrics[index]);
    compiled.price(quantities, portion.activeDays, amounts);
    let minor = 0n;
    for (let index = 0; index < metrics.length; index++) minor += amounts[index] ?? 0n;
    return { currency: portion.tariff.currency, minor };
  }

  #compiledFor({ version, tariff, firstDay, lastDay }: Portion): Compiled | undefined {
    if (firstDay !== 1 || lastDay !== this.#daysInMonth) return undefined;
    if (this.#compiled.has(version)) return this.#compiled.get(version);
    const byTotals = !version.components.some(countsItems);
    const made = byTotals ? compileVersion(version, tariff.currency, this.#daysInMonth) : undefined;
    const compiled = made && {
      ...made,
      metrics: version.components.map(({ metric }) => (metric === 'bytes' || metric === 'events' ? metric : 'nothing')),
    };
    this.#compiled.set(version, compiled);
    return compiled;
  }
}

function quantityOf({ bytes, events }: Portion, metric: Compiled['metrics'][number] | undefined): bigint {
  if (metric === 'bytes') return bytes;
  return metric === 'events' ? events : 0n;
}
