import { type Exact, whole, zero } from '../money/decimal.ts';
import type { QuantityModel } from './priceComponent.ts';
import type { Component, Recurring, Tier } from './tariff.ts';

/** An amount as a numerator over the denominator that all components of a version share. */
export type Numerator = bigint;

/** What a component charges for a whole quantity of its metric. */
export type QuantityFormula = (quantity: bigint) => Numerator;

/** A component as fractions, before the common denominator is known: every amount is one of them times a whole number. */
export interface Formula {
  fractions: Exact[];
  /** `scaled` holds the fractions as numerators over the common denominator, in their order. */
  bind: (scaled: readonly bigint[]) => QuantityFormula;
}

/** The fee for each number of days in service, from 0 to the whole month. */
export function feesByDay({ amount, proration }: Recurring, daysInMonth: number): Exact[] {
  return Array.from({ length: daysInMonth + 1 }, (_, days) => {
    if (days === 0) return zero;
    return proration === 'DAILY' ? amount.mul(days).div(daysInMonth) : amount;
  });
}

/** The same rules as the pricers beside this file have, in whole numbers. */
export function quantityFormula(component: Component, model: QuantityModel): Formula {
  const { unit } = component;
  switch (model.kind) {
    case 'perUnit':
      return linear(component, model.unitPrice.div(unit));
    case 'package': {
      const size = unit.mul(model.size);
      if (model.partial === 'PRORATED') return linear(component, model.price.div(size));
      return packages(component, size, model.price);
    }
    case 'graduated':
      return graduated(component, model.tiers);
    case 'volume':
      return volume(component, model.tiers);
    default:
      return model satisfies never;
  }
}

function linear(component: Component, price: Exact): Formula {
  const { scale, paid } = paidQuantity(component, []);
  return {
    fractions: [price.div(scale)],
    bind:
      ([factor = 0n]) =>
      (quantity) =>
        paid(quantity) * factor,
  };
}

function packages(component: Component, size: Exact, price: Exact): Formula {
  const { scale, paid } = paidQuantity(component, [size]);
  const step = wholeOf(size.mul(scale));
  return {
    fractions: [price],
    bind:
      ([factor = 0n]) =>
      (quantity) =>
        ((paid(quantity) + step - 1n) / step) * factor,
  };
}

function graduated(component: Component, tiers: readonly Tier[]): Formula {
  const { bounds, paid, fractions } = tiered(component, tiers);
  return {
    fractions,
    bind: (scaled) => (quantity) => {
      const units = paid(quantity);
      let from = 0n;
      let sum = 0n;
      for (let index = 0; index < tiers.length; index++) {
        if (index > 0 && units <= from) break;
        const bound = bounds[index];
        const to = bound === undefined || units < bound ? units : bound;
        sum += (to - from) * (scaled[index * 2] ?? 0n) + (scaled[index * 2 + 1] ?? 0n);
        from = to;
      }
      return sum;
    },
  };
}

function volume(component: Component, tiers: readonly Tier[]): Formula {
  const { bounds, paid, fractions } = tiered(component, tiers);
  return {
    fractions,
    bind: (scaled) => (quantity) => {
      const units = paid(quantity);
      const index = bounds.findIndex((bound) => bound === undefined || units <= bound);
      return units * (scaled[index * 2] ?? 0n) + (scaled[index * 2 + 1] ?? 0n);
    },
  };
}

/** Bounds in scaled quantities of the metric; price and flat of each tier, in turn. */
function tiered(component: Component, tiers: readonly Tier[]) {
  const inMetric = tiers.map(({ upTo }) => upTo?.mul(component.unit));
  const { scale, paid } = paidQuantity(
    component,
    inMetric.flatMap((bound) => bound ?? []),
  );
  const bounds = inMetric.map((bound) => bound && wholeOf(bound.mul(scale)));
  const fractions = tiers.flatMap(({ unitPrice, flat }) => [unitPrice.div(component.unit).div(scale), flat]);
  return { bounds, paid, fractions };
}

/** The part of a quantity past the allowance, times the scale that makes it and `others` whole numbers. */
function paidQuantity({ allowance }: Component, others: readonly Exact[]) {
  const scale = others.reduce((product, other) => leastCommonMultiple(product, other.d), allowance.d);
  const free = wholeOf(allowance.mul(scale));
  const paid = (quantity: bigint) => {
    const rest = quantity * scale - free;
    return rest > 0n ? rest : 0n;
  };
  return { scale, paid };
}

function wholeOf(value: Exact): bigint {
  return value.s * value.n;
}

export function leastCommonMultiple(a: bigint, b: bigint): bigint {
  let [divisor, rest] = [a, b];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}

/** A fraction as a numerator over the denominator, which it divides. */
export function numeratorOver(value: Exact, denominator: bigint): Numerator {
  return wholeOf(value.mul(whole(denominator)));
}
