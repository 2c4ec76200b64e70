import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Fault } from '../errors/fault.ts';
import { fromServiceError, toStatus } from './status.ts';

describe('a failure on its way over gRPC', () => {
  it('arrives with reason, metadata, fields and retry time', () => {
    const sent = new Fault('LINE_STATE_FORBIDS', {
      message: 'not now',
      metadata: { state: 'PENDING' },
      violations: [{ field: 'line.apn', description: 'is empty' }],
      retryAfterMs: 1500,
    });
    const { code, details, metadata } = toStatus(sent);
    const error = Object.assign(new Error(details), { code, details, metadata: metadata ?? new Metadata() });
    const got = fromServiceError(error as ServiceError);
    expect(got).toMatchObject({
      reason: 'LINE_STATE_FORBIDS',
      code: status.FAILED_PRECONDITION,
      message: 'not now',
      metadata: { state: 'PENDING' },
      retryAfterMs: 1500,
    });
    expect(got.violations).toMatchObject([{ field: 'line.apn', description: 'is empty' }]);
  });

  it('becomes the nearest reason when a foreign server sends no details', () => {
    const error = Object.assign(new Error('down'), {
      code: status.UNAVAILABLE,
      details: 'down',
      metadata: new Metadata(),
    });
    expect(fromServiceError(error).reason).toBe('DEPENDENCY_UNAVAILABLE');
  });
});
