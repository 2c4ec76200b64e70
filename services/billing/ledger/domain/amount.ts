import { Fault, invalidField } from '#shared/errors/fault';
import { amountText, type Money } from '#shared/money/money';
import { type Account, available } from '../../domain/account.ts';

/** Most minor units a balance may have: far from what an int8 column cannot hold. */
const mostMinor = 10n ** 18n;

export function requireCurrency({ currency }: { currency: string }, amount: Money): void {
  if (amount.currency === currency) return;
  throw new Fault('CURRENCY_MISMATCH', {
    message: `the account is in ${currency}, not in ${amount.currency}`,
    metadata: { currency },
  });
}

/** Refuses what the account cannot give; `most` is what it can. */
export function requireCover(account: Account, minor: bigint, most = available(account)): void {
  if (minor <= most) return;
  const { currency } = account;
  throw new Fault('INSUFFICIENT_BALANCE', {
    message: `${amountText({ currency, minor: most })} ${currency} of account ${account.id} can be used for this`,
    metadata: { available: amountText({ currency, minor: most }), needed: amountText({ currency, minor }) },
  });
}

export function requireRoom(account: Account, minor: bigint): void {
  if (account.balance + minor >= mostMinor) throw invalidField('amount', 'the balance would become too large');
}

/** The tax in an amount that is spent: part of it, in its currency. */
export function taxIn(minor: bigint, currency: { currency: string }, tax: Money | undefined): bigint {
  if (!tax) return 0n;
  requireCurrency(currency, tax);
  if (tax.minor > minor) throw invalidField('tax', 'is more than what is spent');
  return tax.minor;
}
