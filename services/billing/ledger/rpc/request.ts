import { hash } from 'node:crypto';
import { type Duration, durationMs, type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import type { Money as ProtoMoney } from '#proto/common/v1/money';
import { invalidField } from '#shared/errors/fault';
import { fromProto, type Money } from '#shared/money/money';

/** An amount above zero. */
export function amountOf(amount: ProtoMoney | undefined, field = 'amount'): Money {
  const money = fromProto(amount, field);
  if (money.minor <= 0n) throw invalidField(field, 'must be above zero');
  return money;
}

/** An amount of tax, at least zero; undefined if there is none. */
export function taxOf(tax: ProtoMoney | undefined): Money | undefined {
  if (!tax) return undefined;
  const money = fromProto(tax, 'tax');
  if (money.minor < 0n) throw invalidField('tax', 'must not be below zero');
  return money;
}

/** At least a millisecond. */
export function holdMsOf(duration: Duration | undefined): number {
  if (!duration) throw invalidField('hold_for', 'is needed');
  return Math.max(1, Math.round(durationMs(duration)));
}

export function timeOf(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}

/** What two commands of the same key have in common; amounts count as what they are, not as they are written. */
export function contentHash(...content: (string | number | Money | Date | undefined)[]): Buffer {
  const text = content.map((part) => {
    if (part === undefined) return null;
    if (part instanceof Date) return part.getTime();
    return typeof part === 'object' ? `${part.minor} ${part.currency}` : part;
  });
  return hash('sha256', JSON.stringify(text), 'buffer');
}
