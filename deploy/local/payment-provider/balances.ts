import type { Vault } from './vault.ts';

/** What was taken and given back in each currency, in minor units. */
export function balances({ payments, refunds }: Vault) {
  const sums = new Map<string, { captured: bigint; refunded: bigint }>();
  const of = (currency: string) => {
    const sum = sums.get(currency) ?? { captured: 0n, refunded: 0n };
    sums.set(currency, sum);
    return sum;
  };
  for (const { status, currency, amount } of payments)
    if (status === 'captured') of(currency).captured += BigInt(amount);
  for (const { currency, amount } of refunds) of(currency).refunded += BigInt(amount);
  return [...sums].map(([currency, { captured, refunded }]) => ({
    currency,
    captured: String(captured),
    refunded: String(refunded),
    net: String(captured - refunded),
  }));
}
