import { currencyDecimals } from '../money/currency.ts';
import { roundQuotient } from '../money/decimal.ts';
import { isBound } from './bounds.ts';
import {
  type Formula,
  feesByDay,
  leastCommonMultiple,
  type Numerator,
  numeratorOver,
  type QuantityFormula,
  quantityFormula,
} from './compileComponent.ts';
import type { Bound, Component, Model, Recurring, TariffVersion } from './tariff.ts';

/** Prices the whole months of many lines by one version. */
export interface CompiledVersion {
  version: TariffVersion;
  /**
   * Writes the amount of every component, in minor units and in the version's order. `quantities` has an entry for each component:
   * the whole quantity of its metric, which fees and bounds do not look at.
   */
  price: (quantities: readonly bigint[], activeDays: number, amounts: bigint[]) => void;
}

/**
 * The same as priceMonth for a month of one portion, some twenty times as fast: all fractions of the version are brought to one
 * denominator beforehand, so that a line is priced by a few operations on whole numbers. A property test holds the two
 * together; what an invoice is explained by is always priceMonth. Undefined where a version charges amounts of single items.
 */
export function compileVersion(
  version: TariffVersion,
  currency: string,
  daysInMonth: number,
): CompiledVersion | undefined {
  const parts: Part[] = [];
  for (const component of version.components) {
    const part = partOf(component, component.model, daysInMonth);
    if (!part) return undefined;
    parts.push(part);
  }
  const denominator = parts
    .flatMap(({ fractions }) => fractions.map(({ d }) => d))
    .concat(version.components.map(({ rounding }) => 10n ** BigInt(rounding?.decimals ?? 0)))
    .reduce(leastCommonMultiple, 1n);
  const rounder = new Rounder(denominator, currency);
  const priced = parts.map((part) => bind(part, denominator));
  const bounds = priced.flatMap((part, index) => (part.kind === 'bound' ? [{ ...part, index }] : []));

  return {
    version,
    price: (quantities, activeDays, amounts) => {
      let exactSum = 0n;
      let roundedSum = 0n;
      for (const [index, part] of priced.entries()) {
        amounts[index] = 0n;
        if (part.kind === 'bound') continue;
        const raw = part.kind === 'fee' ? (part.byDay[activeDays] ?? 0n) : part.formula(quantities[index] ?? 0n);
        const exact = rounder.component(part.component, raw);
        const amount = rounder.minor(exact);
        amounts[index] = amount;
        exactSum += exact;
        roundedSum += amount;
      }
      const isWithin = bounds.every(({ model, limit }) => !exceeds(model.kind, exactSum, limit));
      for (const { index, component, model, limit } of bounds) {
        amounts[index] = boundAmount(rounder, { component, kind: model.kind, limit, exactSum, roundedSum, isWithin });
      }
    },
  };
}

interface Part extends Pick<Formula, 'fractions'> {
  component: Component;
  model: Model;
  formula?: Formula;
}

function partOf(component: Component, model: Model, daysInMonth: number): Part | undefined {
  if (model.kind === 'percentage') return undefined;
  if (model.kind === 'recurring') return { component, model, fractions: feesByDay(model, daysInMonth) };
  if (isBound(model)) return { component, model, fractions: [model.amount] };
  const formula = quantityFormula(component, model);
  return { component, model, formula, fractions: formula.fractions };
}

type Bounded =
  | { kind: 'fee'; component: Component; model: Recurring; byDay: Numerator[] }
  | { kind: 'bound'; component: Component; model: Bound; limit: Numerator }
  | { kind: 'quantity'; component: Component; formula: QuantityFormula };

function bind({ component, model, formula, fractions }: Part, denominator: bigint): Bounded {
  const scaled = fractions.map((fraction) => numeratorOver(fraction, denominator));
  if (formula) return { kind: 'quantity', component, formula: formula.bind(scaled) };
  if (model.kind === 'recurring') return { kind: 'fee', component, model, byDay: scaled };
  return { kind: 'bound', component, model: model as Bound, limit: scaled[0] ?? 0n };
}

class Rounder {
  readonly #denominator: bigint;
  readonly #minorUnits: bigint;

  constructor(denominator: bigint, currency: string) {
    this.#denominator = denominator;
    this.#minorUnits = 10n ** BigInt(currencyDecimals(currency));
  }

  /** By the component's own rounding, if it has one. */
  component({ rounding }: Component, exact: Numerator): Numerator {
    if (!rounding) return exact;
    const units = 10n ** BigInt(rounding.decimals);
    return roundQuotient(exact * units, this.#denominator, rounding.mode) * (this.#denominator / units);
  }

  minor(exact: Numerator): bigint {
    return roundQuotient(exact * this.#minorUnits, this.#denominator, 'HALF_UP');
  }
}

/** As priceBound has it. */
function boundAmount(
  rounder: Rounder,
  sum: {
    component: Component;
    kind: Bound['kind'];
    limit: Numerator;
    exactSum: Numerator;
    roundedSum: bigint;
    isWithin: boolean;
  },
): bigint {
  const { component, kind, limit, exactSum, roundedSum, isWithin } = sum;
  if (exceeds(kind, exactSum, limit)) {
    return rounder.minor(exactSum + rounder.component(component, limit - exactSum)) - roundedSum;
  }
  const rounded = rounder.minor(limit);
  return isWithin && exceeds(kind, roundedSum, rounded) ? rounded - roundedSum : 0n;
}

function exceeds(kind: Bound['kind'], sum: bigint, limit: bigint): boolean {
  return kind === 'minimum' ? sum < limit : sum > limit;
}
