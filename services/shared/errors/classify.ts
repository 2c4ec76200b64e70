import { status } from '@grpc/grpc-js';
import { Fault } from './fault.ts';

// Node's and PostgreSQL's ways to say that the other side is not there (any more, or yet).
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
]);

/** Any thrown value as a failure of the catalogue; what nobody foresaw is INTERNAL. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, message } = error as { code?: unknown; message?: string };
  const lost =
    (typeof code === 'string' && (unreachable.has(code) || code.startsWith('08'))) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      message ?? '',
    );
  if (lost) {
    return new Fault('DEPENDENCY_UNAVAILABLE', {
      message: 'a dependency does not answer',
      retryAfterMs: 1000,
      cause: error,
    });
  }
  return new Fault('INTERNAL', { message: 'internal error', cause: error });
}

const transientCodes = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.RESOURCE_EXHAUSTED,
  status.CANCELLED,
]);

/** Whether the same attempt may succeed later without anybody changing anything. */
export function isTransient(fault: Fault): boolean {
  return transientCodes.has(fault.code);
}
