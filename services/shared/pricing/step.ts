import { type Exact, zero } from '../money/decimal.ts';
import type { Priced, PriceStep } from './tariff.ts';

export function step(kind: PriceStep['kind'], values: Partial<Omit<PriceStep, 'kind'>>): PriceStep {
  return { kind, quantity: zero, unitPrice: zero, flat: zero, amount: zero, ...values };
}

/** Steps with the sum of their amounts. */
export function priced(steps: PriceStep[]): Priced {
  return { steps, amount: steps.reduce<Exact>((sum, { amount }) => sum.add(amount), zero) };
}
