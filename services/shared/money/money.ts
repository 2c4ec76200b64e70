import { create } from '@bufbuild/protobuf';
import { MoneySchema, type Money as ProtoMoney } from '#proto/common/v1/money';
import { Fault, invalidField } from '../errors/fault.ts';
import { currencyDecimals } from './currency.ts';
import { decimal, type Exact, formatScaled, isDecimal, roundTo } from './decimal.ts';

/** An exact amount: `minor` counts the currency's smallest unit (KRW: won, USD: cents). */
export interface Money {
  currency: string;
  minor: bigint;
}

/** Most minor units an amount may have: what an int8 column holds, with room for sums. */
const limit = 10n ** 18n;

/** Reads a contract's amount. Decimals beyond the currency's own are taken only where they are zeros. */
export function fromProto(money: ProtoMoney | undefined, field: string): Money {
  if (!money) throw invalidField(field, 'an amount is needed');
  if (!/^[A-Z]{3}$/.test(money.currency)) throw invalidField(`${field}.currency`, 'is not a currency code');
  if (!isDecimal(money.amount)) throw invalidField(`${field}.amount`, 'is not a decimal number');
  const decimals = currencyDecimals(money.currency);
  const scaled = decimal(money.amount).mul(10n ** BigInt(decimals));
  if (scaled.d !== 1n) throw invalidField(`${field}.amount`, `${money.currency} has ${decimals} decimals`);
  if (scaled.n >= limit) throw invalidField(`${field}.amount`, 'is too large');
  return { currency: money.currency, minor: scaled.s * scaled.n };
}

/** The amount as the contract has it, with the currency's own number of decimals. */
export function toProto(money: Money): ProtoMoney {
  return create(MoneySchema, {
    currency: money.currency,
    amount: amountText(money),
  });
}

export function amountText(money: Money): string {
  return formatScaled(money.minor, currencyDecimals(money.currency));
}

/** Rounds an exact number of the currency's main unit, HALF_UP, to its decimals: the one rounding of an amount. */
export function roundToMoney(value: Exact, currency: string): Money {
  return {
    currency,
    minor: roundTo(value, currencyDecimals(currency), 'HALF_UP'),
  };
}

export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) {
    throw new Fault('CURRENCY_MISMATCH', {
      message: `${a.currency} and ${b.currency} cannot be added`,
    });
  }
  return { currency: a.currency, minor: a.minor + b.minor };
}

export function noMoney(currency: string): Money {
  return { currency, minor: 0n };
}
