import type { Registry } from '@bufbuild/protobuf';
import { ErrorReasonSchema } from '#proto/common/v1/error_reason';
import { type Reason, reasonCodes } from '#shared/errors/fault';
import { httpStatus } from '../../errors/httpStatus.ts';
import { commentOf } from '../comments.ts';

/** Reasons that the gateway itself answers with, whatever stands behind it. */
const own: readonly Reason[] = [
  'INTERNAL',
  'INVALID_REQUEST',
  'ROUTE_NOT_FOUND',
  'METHOD_UNKNOWN',
  'REQUEST_TOO_LARGE',
  'CONTENT_TYPE_UNSUPPORTED',
  'DEPENDENCY_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'RATE_LIMITED',
  'TOO_MANY_REQUESTS_OPEN',
  'OVERLOADED',
];

export interface KnownReason {
  reason: string;
  comment: string;
}

/** The catalogue's reasons by the status they are answered with; all of them where the contract has the catalogue. */
export function reasonsByStatus(registry: Registry): Map<number, KnownReason[]> {
  const catalogue = registry.getEnum(ErrorReasonSchema.typeName);
  const comments = new Map(
    (catalogue ?? ErrorReasonSchema).values.map((value) => [
      value.name.slice('ERROR_REASON_'.length),
      commentOf(value).replaceAll(/\s+/g, ' '),
    ]),
  );
  const byStatus = new Map<number, KnownReason[]>();
  for (const [reason, code] of reasonCodes) {
    if (reason === 'UNSPECIFIED' || (!catalogue && !own.includes(reason as Reason))) continue;
    const answered = httpStatus(code, reason);
    byStatus.set(answered, [...(byStatus.get(answered) ?? []), { reason, comment: comments.get(reason) ?? '' }]);
  }
  return byStatus;
}
