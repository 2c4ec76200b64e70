import { create } from '@bufbuild/protobuf';
import { type SpendingLimit as ProtoLimit, SpendingLimitSchema } from '#proto/ordering/v1/offering';
import { invalidField } from '#shared/errors/fault';
import { fromProto, toProto } from '#shared/money/money';
import type { SpendingLimit } from './offering.ts';

/** A limit as it is asked for; nothing is no limit. Its currency is the tariff's, which rating knows: a limit in another one is never reached. */
export function limitFromProto(limit: ProtoLimit | undefined): SpendingLimit | undefined {
  if (!limit) return undefined;
  const field = 'offering.spending_limit.amount';
  const amount = fromProto(limit.amount, field);
  if (amount.minor <= 0n) throw invalidField(field, 'must be above zero');
  return { amount, suspend: limit.suspend };
}

export function limitToProto(limit: SpendingLimit | undefined): ProtoLimit | undefined {
  return limit && create(SpendingLimitSchema, { amount: toProto(limit.amount), suspend: limit.suspend });
}

export function sameLimit(one: SpendingLimit | undefined, other: SpendingLimit | undefined): boolean {
  return (
    one?.amount.currency === other?.amount.currency &&
    one?.amount.minor === other?.amount.minor &&
    one?.suspend === other?.suspend
  );
}
