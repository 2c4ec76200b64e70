import { currencyDecimals } from '../money/currency.ts';
import { divideExact, type Exact } from '../money/decimal.ts';
import { type Money, roundToMoney } from '../money/money.ts';

/** Tax on a sum, rounded once, HALF_UP, to the currency's decimals. */
export function taxOn(subtotal: Money, rate: Exact): Money {
  const exact = divideExact(subtotal.minor, 10n ** BigInt(currencyDecimals(subtotal.currency)));
  return roundToMoney(exact.mul(rate), subtotal.currency);
}
