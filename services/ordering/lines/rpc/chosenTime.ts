import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { Fault } from '#shared/errors/fault';
import { isOnlyCustomer } from '#shared/rpc/access';
import type { CallContext } from '#shared/rpc/context';
import { instantOf } from '#shared/time/instant';
import { decideEffectiveTime } from '../domain/effectiveTime.ts';

/** When a change takes effect, as the caller asks and may ask; EFFECTIVE_TIME_INVALID names the request's field. */
export function chosenTime(
  field: string,
  timestamp: Timestamp | undefined,
  { caller }: CallContext,
  known: { now: Date; since: Date | undefined },
): Date {
  const verdict = decideEffectiveTime({
    ...known,
    wanted: timestamp && instantOf(timestamp),
    mayChoose: !isOnlyCustomer(caller),
  });
  switch (verdict.kind) {
    case 'at':
      return verdict.time;
    case 'refused':
      throw new Fault('EFFECTIVE_TIME_INVALID', {
        message: `${field} ${verdict.why}`,
        violations: [{ field, description: verdict.why }],
      });
    default:
      return verdict satisfies never;
  }
}
