import { type Exact, larger, smaller, whole, zero } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Percentage, Priced, PriceStep, UsageItem } from './tariff.ts';

/** What is left of the free limits; undefined is a limit the tariff does not set. */
interface Free {
  events: Exact | undefined;
  amount: Exact | undefined;
}

/**
 * A share of each item's own amount plus a fixed fee, bounded per item. Items are free, oldest first, until the first of the two
 * free limits is used up, which ends both; of an item that only partly fits into the free amount the rest is charged.
 */
export function pricePercentage(model: Percentage, items: readonly UsageItem[]): Priced {
  const steps: PriceStep[] = [];
  let free: Free | undefined = startFree(model);
  for (const { amount = zero } of inOrder(items)) {
    const part: Exact = free ? freePart(free, amount) : zero;
    const isFree = free !== undefined && part.equals(amount);
    free = free && isFree ? use(free, amount) : undefined;
    if (part.gt(0) || isFree) steps.push(step('allowance', { quantity: part }));
    if (isFree) continue;
    const paid = amount.sub(part);
    const charge = bounded(model, paid.mul(model.rate).add(model.fixed));
    steps.push(step('item', { quantity: paid, unitPrice: model.rate, flat: model.fixed, amount: charge }));
  }
  return priced(steps);
}

function inOrder(items: readonly UsageItem[]): UsageItem[] {
  return items.toSorted((a, b) => (a.startTime?.getTime() ?? 0) - (b.startTime?.getTime() ?? 0));
}

function startFree({ freeEvents, freeAmount }: Percentage): Free | undefined {
  return freeEvents || freeAmount ? unlessUsedUp({ events: freeEvents, amount: freeAmount }) : undefined;
}

function freePart(free: Free, amount: Exact): Exact {
  return free.amount ? smaller(free.amount, amount) : amount;
}

function use(free: Free, amount: Exact): Free | undefined {
  return unlessUsedUp({ events: free.events?.sub(whole(1)), amount: free.amount?.sub(amount) });
}

function unlessUsedUp(free: Free): Free | undefined {
  return free.events?.lte(0) || free.amount?.lte(0) ? undefined : free;
}

function bounded({ minimum, maximum }: Percentage, charge: Exact): Exact {
  const raised = minimum ? larger(charge, minimum) : charge;
  return maximum ? smaller(raised, maximum) : raised;
}
