import type { Exact, RoundingMode } from '../money/decimal.ts';

/** A price list: numbers are exact, in the currency's main unit. */
export interface Tariff {
  id: string;
  displayName: string;
  currency: string;
  /** Tax on the sum of the lines, as a fraction of it. */
  taxRate: Exact;
  /** Oldest first. */
  versions: TariffVersion[];
}

export interface TariffVersion {
  /** Since when it is in force; undefined means since always. */
  effectiveTime: Date | undefined;
  components: Component[];
}

export interface Component {
  name: string;
  /** What usage it charges; empty for the models that charge none. */
  metric: string;
  /** The price is per this many of the metric. */
  unit: Exact;
  /** Quantity of the metric that is free. */
  allowance: Exact;
  /** Each usage item's quantity is rounded up to a multiple of it; undefined leaves it as it is. */
  increment: Exact | undefined;
  timeOfDay: TimeOfDay | undefined;
  rounding: { mode: RoundingMode; decimals: number } | undefined;
  model: Model;
}

/** A daily window, minutes after local midnight. It crosses midnight where `to` is not after `from`. */
export interface TimeOfDay {
  /** ISO days of the week (1 is Monday) on which the window starts; empty means every day. */
  days: number[];
  from: number;
  to: number;
  /** Undefined: the business's own zone. */
  timeZone: string | undefined;
}

export type Model = Recurring | PerUnit | Graduated | Volume | Package | Percentage | Bound;
export type Recurring = { kind: 'recurring'; amount: Exact; proration: 'DAILY' | 'NONE' };
export type PerUnit = { kind: 'perUnit'; unitPrice: Exact };
export type Graduated = { kind: 'graduated'; tiers: Tier[] };
export type Volume = { kind: 'volume'; tiers: Tier[] };
export type Package = { kind: 'package'; size: Exact; price: Exact; partial: 'UP' | 'PRORATED' };
export type Bound = { kind: 'minimum' | 'maximum'; amount: Exact };
export type Percentage = {
  kind: 'percentage';
  rate: Exact;
  fixed: Exact;
  freeEvents: Exact | undefined;
  freeAmount: Exact | undefined;
  minimum: Exact | undefined;
  maximum: Exact | undefined;
};

/** One tier; it counts its upper bound in. Only the last one has none. */
export interface Tier {
  upTo: Exact | undefined;
  unitPrice: Exact;
  flat: Exact;
}

/** One piece of usage. Totals of a month are such pieces too. */
export interface UsageItem {
  metric: string;
  quantity: Exact;
  /** Needed by components with a time of day. */
  startTime?: Date;
  /** The item's own value, for percentage components; nothing counts as 0. */
  amount?: Exact;
}

/** How a part of an amount came about. */
export interface PriceStep {
  kind: 'allowance' | 'tier' | 'package' | 'unit' | 'proration' | 'item' | 'bound';
  /** In units. */
  quantity: Exact;
  unitPrice: Exact;
  flat: Exact;
  amount: Exact;
}

/** What a pricer answers: the amount is the sum of the steps' amounts. */
export interface Priced {
  amount: Exact;
  steps: PriceStep[];
}
