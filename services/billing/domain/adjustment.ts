import { decimal, exactText } from '#shared/money/decimal';
import type { Charge } from './chargeLine.ts';
import { monthName } from './month.ts';

/** What a component of a tariff comes to in a line's month, or by how much that differs. */
export interface ComponentAmount {
  component: string;
  tariffId: string;
  /** Effective time of the version that priced it last; undefined if in force since always. */
  tariffVersion: Date | undefined;
  quantity: string;
  metric: string;
  /** Minor units. */
  amount: bigint;
}

/** By how much a line's month differs from what was charged for it, on its way to an invoice. Amounts in minor units, without tax. */
export interface Adjustment {
  id: string;
  business: string;
  /** The month that is adjusted. */
  period: string;
  lineId: string;
  accountId: string;
  offeringId: string;
  serviceNumber: string;
  usageBytes: bigint;
  charges: bigint;
  chargesBefore: bigint;
  lines: ComponentAmount[];
}

/** Charges summed up by tariff and component, in the order in which those first come. */
export function byComponent(charges: readonly ComponentAmount[]): ComponentAmount[] {
  const sums = new Map<string, ComponentAmount>();
  for (const charge of charges) {
    const key = keyOf(charge);
    const sum = sums.get(key);
    sums.set(key, sum ? plus(sum, charge) : amountOf(charge));
  }
  return [...sums.values()];
}

export interface ComponentDifference {
  component: string;
  tariffId: string;
  before: bigint;
  now: bigint;
  /** What is charged in addition; below zero what is taken back. */
  change: ComponentAmount;
}

/**
 * What the components of a month differ by, in amount or quantity, from what was charged for them. A component that is charged
 * no longer is taken back, one that was not is charged whole.
 */
export function componentDifferences(
  before: readonly ComponentAmount[],
  now: readonly ComponentAmount[],
): ComponentDifference[] {
  const earlier = new Map(byComponent(before).map((sum) => [keyOf(sum), sum]));
  const later = new Map(byComponent(now).map((sum) => [keyOf(sum), sum]));
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap((key) => {
    const was = earlier.get(key);
    const is = later.get(key);
    const known = is ?? was;
    if (!known) return [];
    const change = plus(is ?? nothing(known), negative(was ?? nothing(known)));
    if (change.amount === 0n && change.quantity === '0') return [];
    const { component, tariffId } = known;
    return [
      {
        component,
        tariffId,
        before: was?.amount ?? 0n,
        now: is?.amount ?? 0n,
        change: { ...change, tariffVersion: known.tariffVersion },
      },
    ];
  });
}

/** The difference of a component as an invoice shows it. */
export function adjustmentCharge(line: ComponentAmount, period: string): Omit<Charge, 'offeringId'> {
  return { ...line, description: `${line.component}, adjustment of ${monthName(period)} ${period.slice(0, 4)}` };
}

function keyOf({ component, tariffId }: ComponentAmount): string {
  return JSON.stringify([tariffId, component]);
}

function amountOf({ component, tariffId, tariffVersion, quantity, metric, amount }: ComponentAmount): ComponentAmount {
  return { component, tariffId, tariffVersion, quantity, metric, amount };
}

function plus(a: ComponentAmount, b: ComponentAmount): ComponentAmount {
  const quantity = exactText(decimal(a.quantity).add(decimal(b.quantity)));
  return { ...a, tariffVersion: b.tariffVersion, quantity, metric: a.metric || b.metric, amount: a.amount + b.amount };
}

function negative(sum: ComponentAmount): ComponentAmount {
  return { ...sum, quantity: exactText(decimal(sum.quantity).neg()), amount: -sum.amount };
}

function nothing(sum: ComponentAmount): ComponentAmount {
  return { ...sum, quantity: '0', amount: 0n };
}
