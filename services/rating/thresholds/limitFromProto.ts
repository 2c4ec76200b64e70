import type { SpendingLimit as ProtoLimit } from '#proto/ordering/v1/offering';
import { fromProto } from '#shared/money/money';
import type { SpendingLimit } from './store/spendingLimits.ts';

/** The limit that an order brings; undefined if it brings none. */
export function limitFromProto(limit: ProtoLimit | undefined): SpendingLimit | undefined {
  if (!limit) return undefined;
  const amount = fromProto(limit.amount, 'spending_limit.amount');
  return amount.minor > 0n ? { amount, suspend: limit.suspend } : undefined;
}
