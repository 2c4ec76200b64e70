import { decimal, divideExact, formatScaled, isDecimal, roundTo } from '#shared/money/decimal';
import { amountText } from '#shared/money/money';

/** An amount for people: `KRW 12,345`. */
export function formatAmount(currency: string, minor: bigint): string {
  return `${currency} ${grouped(amountText({ currency, minor }))}`;
}

/** A quantity for people. Bytes are shown as MiB with two decimals; the exact number is in the invoice itself. */
export function formatQuantity(quantity: string, metric: string): string {
  if (quantity === '0' && metric === '') return '';
  if (!isDecimal(quantity)) return `${quantity} ${metric}`;
  if (metric !== 'bytes') return `${grouped(quantity)} ${metric}`;
  return `${grouped(formatScaled(roundTo(divideExact(decimal(quantity), 1_048_576), 2, 'HALF_UP'), 2))} MiB`;
}

function grouped(text: string): string {
  const [whole = '', part] = text.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? groups : `${groups}.${part}`;
}
