import { int64 } from '#shared/int64';
import type { BillingBook, RatingBook, SettlementKey } from '../domain/books.ts';
import type { Difference } from '../domain/reconcile.ts';
import type { Verdict } from '../domain/verdict.ts';

/** A row of `settlements`, as pg reads it. */
export interface SettlementRow {
  business: string;
  period: string;
  state: Verdict['state'];
  invoices: bigint;
  lines: bigint;
  customers: bigint;
  usage_bytes: string;
  rating_figures: unknown;
  billing_figures: unknown;
  differences: unknown;
  create_time: Date;
  update_time: Date;
  settle_time: Date | null;
}

export const settlementColumns = `business, period, state, invoices, lines, customers, usage_bytes, rating_figures,
  billing_figures, differences, create_time, update_time, settle_time`;

/** The head of a settlement: everything but its sums by product, customer and currency. */
export interface SettlementHead extends SettlementKey {
  verdict: Verdict;
  invoices: bigint;
  lines: bigint;
  customers: bigint;
  usageBytes: bigint;
  rating: RatingBook | undefined;
  billing: BillingBook | undefined;
  updateTime: Date;
  settleTime: Date | undefined;
}

export function toHead(row: SettlementRow): SettlementHead {
  return {
    business: row.business,
    period: row.period,
    verdict: toVerdict(row),
    invoices: row.invoices,
    lines: row.lines,
    customers: row.customers,
    usageBytes: int64(row.usage_bytes),
    rating: (revive(row.rating_figures) as RatingBook | null) ?? undefined,
    billing: (revive(row.billing_figures) as BillingBook | null) ?? undefined,
    updateTime: row.update_time,
    settleTime: row.settle_time ?? undefined,
  };
}

function toVerdict(row: SettlementRow): Verdict {
  switch (row.state) {
    case 'DIFFERENCE':
      return { state: 'DIFFERENCE', differences: revive(row.differences) as Difference[] };
    case 'SETTLED':
    case 'OPEN':
      return { state: row.state };
    default:
      return row.state satisfies never;
  }
}

/** JSON for a jsonb column. JSON's numbers would lose digits, so a bigint is written as `{ "n": "123" }`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? { n: String(each) } : each));
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  if ('n' in value && typeof value.n === 'string') return BigInt(value.n);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each)]));
}
