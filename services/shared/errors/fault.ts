import { getOption } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { ErrorReasonSchema } from '#proto/common/v1/error_reason';
import { grpc_code } from '#proto/common/v1/options';

const prefix = 'ERROR_REASON_';
type Prefixed = Exclude<keyof typeof import('#proto/common/v1/error_reason').ErrorReason, 'UNSPECIFIED'>;

/** A permanent name of a failure, from the catalogue in `proto/jangbu/common/v1/error_reason.proto`. */
export type Reason = Prefixed;

const codes = new Map<string, status>(
  ErrorReasonSchema.values.map((value) => [
    value.name.slice(prefix.length),
    status[getOption(value, grpc_code) as keyof typeof status] ?? status.UNKNOWN,
  ]),
);

/** What is wrong with one field of a request: `field` is a path such as `line.service_number`. */
export interface FieldViolation {
  field: string;
  description: string;
}

export interface FaultDetails {
  message?: string;
  /** Facts a program may want to read, such as `{ state: 'TERMINATED' }`. Never secrets. */
  metadata?: Record<string, string>;
  violations?: FieldViolation[];
  /** For UNAVAILABLE: when trying again makes sense. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** A failure of the catalogue. Its reason decides the gRPC status it is answered with. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly reason: Reason;
  readonly code: status;
  readonly metadata: Record<string, string>;
  readonly violations: FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, details: FaultDetails = {}) {
    super(details.message ?? reason, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.code = codes.get(reason) ?? status.INTERNAL;
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The gRPC status of every reason, for tests and documents. */
export const reasonCodes: ReadonlyMap<string, status> = codes;

/** Whether a text is a reason of the catalogue. */
export function isReason(text: string): text is Reason {
  return text !== 'UNSPECIFIED' && codes.has(text);
}

/** INVALID_REQUEST for one field, found by code instead of by the contract's rules. */
export function invalidField(field: string, description: string): Fault {
  return new Fault('INVALID_REQUEST', {
    message: `${field}: ${description}`,
    violations: [{ field, description }],
  });
}
