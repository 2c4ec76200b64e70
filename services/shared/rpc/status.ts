import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Any, anyIs, anyPack, anyUnpack, durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#google/rpc/error_details';
import { StatusSchema } from '#google/rpc/status';
import { Fault, isReason, type Reason } from '../errors/fault.ts';

const detailsKey = 'grpc-status-details-bin';
export const domain = 'jangbu';

/** A failure as gRPC sends it: status, text, and the details of google.rpc in the trailers. */
export function toStatus(fault: Fault): Partial<StatusObject> & { code: status; details: string } {
  const details: Any[] = [
    anyPack(
      ErrorInfoSchema,
      create(ErrorInfoSchema, {
        reason: fault.reason,
        domain,
        metadata: fault.metadata,
      }),
    ),
  ];
  if (fault.violations.length > 0) {
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: fault.violations })));
  }
  if (fault.retryAfterMs !== undefined) {
    details.push(
      anyPack(
        RetryInfoSchema,
        create(RetryInfoSchema, {
          retryDelay: durationFromMs(fault.retryAfterMs),
        }),
      ),
    );
  }
  const metadata = new Metadata();
  const encoded = toBinary(StatusSchema, create(StatusSchema, { code: fault.code, message: fault.message, details }));
  metadata.set(detailsKey, Buffer.from(encoded));
  return { code: fault.code, details: fault.message, metadata };
}

/** The failure that another service answered; a status without our details becomes the nearest reason. */
export function fromServiceError(error: ServiceError): Fault {
  const [encoded] = error.metadata?.get(detailsKey) ?? [];
  const sent = encoded instanceof Buffer ? fromBinary(StatusSchema, encoded).details : [];
  let reason = fallbackReason(error.code);
  let metadata: Record<string, string> = {};
  let retryAfterMs: number | undefined;
  let violations: Fault['violations'] = [];
  for (const detail of sent) {
    if (anyIs(detail, ErrorInfoSchema)) {
      const info = anyUnpack(detail, ErrorInfoSchema);
      if (info && isReason(info.reason))
        ({ reason, metadata } = {
          reason: info.reason,
          metadata: info.metadata,
        });
    } else if (anyIs(detail, BadRequestSchema)) {
      violations = anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? [];
    } else if (anyIs(detail, RetryInfoSchema)) {
      const delay = anyUnpack(detail, RetryInfoSchema)?.retryDelay;
      if (delay) retryAfterMs = durationMs(delay);
    }
  }
  return new Fault(reason, {
    message: error.details || error.message,
    metadata,
    violations,
    retryAfterMs,
    cause: error,
  });
}

function fallbackReason(code: status): Reason {
  switch (code) {
    case status.UNAVAILABLE:
      return 'DEPENDENCY_UNAVAILABLE';
    case status.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case status.CANCELLED:
      return 'CANCELLED';
    case status.UNIMPLEMENTED:
      return 'METHOD_UNKNOWN';
    case status.UNAUTHENTICATED:
      return 'UNAUTHENTICATED';
    case status.PERMISSION_DENIED:
      return 'ACCESS_DENIED';
    case status.INVALID_ARGUMENT:
      return 'INVALID_REQUEST';
    case status.RESOURCE_EXHAUSTED:
      return 'REQUEST_TOO_LARGE';
    default:
      return 'INTERNAL';
  }
}
