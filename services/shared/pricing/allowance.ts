import { type Exact, larger, smaller, zero } from '../money/decimal.ts';

/** Splits a quantity into what is free and what is left to pay. */
export function splitAllowance(quantity: Exact, allowance: Exact): { free: Exact; paid: Exact } {
  return { free: smaller(quantity, allowance), paid: larger(quantity.sub(allowance), zero) };
}
