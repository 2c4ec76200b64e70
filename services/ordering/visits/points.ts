import { create } from '@bufbuild/protobuf';
import { MoneySchema, type Money as ProtoMoney } from '#proto/common/v1/money';

/** The currency of points, which has no decimals. */
export const pointsCurrency = 'PTS';

export function pointsToProto(points: bigint | string): ProtoMoney {
  return create(MoneySchema, { currency: pointsCurrency, amount: String(points) });
}

/** What an account's entry says: at most 200 characters, whole ones. */
export function memoOf(...parts: string[]): string {
  const text = parts.filter((part) => part !== '').join(' · ');
  return [...text].slice(0, 200).join('');
}
