import { status } from '@grpc/grpc-js';
import { faultOf } from '../errors/classify.ts';
import { Fault } from '../errors/fault.ts';
import { Drop, Retry } from './consumer.ts';

/** What becomes of an event whose handler failed. */
export type Verdict = 'drop' | 'wait' | 'try-again' | 'park';

const waited: ReadonlySet<status> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);
// The same attempt may end differently, but nothing says that it will.
const undecided: ReadonlySet<status> = new Set([
  status.INTERNAL,
  status.UNKNOWN,
  status.ABORTED,
  status.CANCELLED,
  status.RESOURCE_EXHAUSTED,
]);

/**
 * `wait`: the event is fine, the world around it is not; it stays until it succeeds.
 * `park`: it will never succeed as it is. `try-again`: nobody foresaw this, so a few attempts, then parked.
 */
export function judge(error: unknown): Verdict {
  if (error instanceof Drop) return 'drop';
  if (error instanceof Retry) return 'wait';
  if (isExhausted(error)) return 'wait';
  const { code } = faultOf(error ?? new Error('nothing was thrown'));
  if (waited.has(code)) return 'wait';
  return undecided.has(code) ? 'try-again' : 'park';
}

/** PostgreSQL out of disk, memory or connections, or a standby that takes no writes: 53xxx, 58xxx, 25006. */
function isExhausted(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined | null)?.code;
  return !(error instanceof Fault) && typeof code === 'string' && /^(53|58)...$|^25006$/.test(code);
}
