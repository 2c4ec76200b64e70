import type { MessageInitShape } from '@bufbuild/protobuf';
import { BalanceCause } from '#proto/billing/v1/entry';
import type { BalanceChangedSchema } from '#proto/billing/v1/events';
import { accountToProto } from '../../rpc/convert.ts';
import type { BalanceChange } from '../domain/bookChanges.ts';
import { entryToProto, lineToProto } from './convert.ts';

/** The event of a change. */
export function balanceChanged({ account, cause, causeId, entry, lines }: BalanceChange) {
  return {
    account: accountToProto(account),
    cause: BalanceCause[cause],
    causeId,
    ...(entry && { entry: entryToProto(entry) }),
    lines: (lines ?? []).map(lineToProto),
  } satisfies MessageInitShape<typeof BalanceChangedSchema>;
}
