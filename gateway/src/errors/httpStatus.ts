import { status } from '@grpc/grpc-js';

const byCode: Record<status, number> = {
  [status.OK]: 200,
  [status.CANCELLED]: 499,
  [status.UNKNOWN]: 500,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.OUT_OF_RANGE]: 400,
  [status.UNIMPLEMENTED]: 501,
  [status.INTERNAL]: 500,
  [status.UNAVAILABLE]: 503,
  [status.DATA_LOSS]: 500,
  [status.UNAUTHENTICATED]: 401,
};

/** Faults of HTTP itself, for which HTTP has a more exact number than their gRPC code. */
const byReason: Record<string, number> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
};

/** What of a request is too large, where it is not the body. */
const byPart: Record<string, number> = { url: 414, headers: 431 };

/** The HTTP status of a failure, as google/rpc/code.proto maps the codes. `part` is what of the request it is about. */
export function httpStatus(code: status, reason?: string, part?: string): number {
  if (reason === 'REQUEST_TOO_LARGE' && part !== undefined) return byPart[part] ?? 413;
  return (reason === undefined ? undefined : byReason[reason]) ?? byCode[code] ?? 500;
}
