import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { ErrorReasonSchema } from '#proto/common/v1/error_reason';
import { Fault, isReason, type Reason, reasonCodes } from './fault.ts';

describe('the error catalogue', () => {
  const reasons = ErrorReasonSchema.values.filter(({ number }) => number !== 0);

  it.each(reasons.map(({ name }) => name.slice('ERROR_REASON_'.length)))('%s names a real gRPC status', (reason) => {
    expect(isReason(reason)).toBe(true);
    const code = reasonCodes.get(reason);
    expect(code).toBeDefined();
    expect([status.OK, status.UNKNOWN]).not.toContain(code);
    expect(new Fault(reason as Reason).code).toBe(code);
  });

  it('knows nothing that the contract does not name', () => {
    expect(isReason('UNSPECIFIED')).toBe(false);
    expect(isReason('SOMETHING_ELSE')).toBe(false);
    expect(reasonCodes.size).toBe(ErrorReasonSchema.values.length);
  });
});
