/** How an attempt to send ended. */
export type Outcome =
  | { kind: 'sent' }
  /** For good: the same message will be refused again. */
  | { kind: 'refused'; reason: string }
  /** For now; the provider may have said how long. */
  | { kind: 'failed'; reason: string; retryAfterMs?: number }
  /** The provider was not tried, because something the message needs could not be had. Costs no attempt. */
  | { kind: 'postponed'; reason: string };

/** What becomes of a message after an attempt. */
export type Progress =
  | { state: 'SENT'; attempts: number; sendTime: Date }
  | { state: 'FAILED'; attempts: number; lastError: string }
  | { state: 'QUEUED'; attempts: number; lastError: string; nextAttemptTime: Date };

export interface RetryPolicy {
  /** Attempts after which a message is given up. */
  mostAttempts: number;
  /** Wait after the first failed attempt, in milliseconds; each further one is three times as long. */
  firstMs: number;
  /** Longest wait, in milliseconds. */
  mostMs: number;
}

/** Twelve attempts within about four hours: a second, 3 s, 9 s … 36 min, then every hour. */
export const defaultPolicy: RetryPolicy = { mostAttempts: 12, firstMs: 1_000, mostMs: 3_600_000 };

const shortestPostponement = 5_000;

/**
 * What becomes of a message. `random` in [0, 1) spreads the retries of many messages over a fifth of the wait.
 * A postponed message waits for a tenth of its age: it is looked after often at first and rarely later, for ever.
 */
export function afterAttempt(
  policy: RetryPolicy,
  message: { attempts: number; createTime: Date },
  outcome: Outcome,
  now: Date,
  random: number,
): Progress {
  const attempts = message.attempts + 1;
  switch (outcome.kind) {
    case 'sent':
      return { state: 'SENT', attempts, sendTime: now };
    case 'refused':
      return { state: 'FAILED', attempts, lastError: outcome.reason };
    case 'failed': {
      if (attempts >= policy.mostAttempts) {
        return { state: 'FAILED', attempts, lastError: `given up after ${attempts} attempts: ${outcome.reason}` };
      }
      const wait = Math.min(policy.mostMs, policy.firstMs * 3 ** (attempts - 1)) * (1 + random / 5);
      const asked = Math.min(policy.mostMs, outcome.retryAfterMs ?? 0);
      return queued(attempts, outcome.reason, now, Math.max(wait, asked));
    }
    case 'postponed': {
      const age = now.getTime() - message.createTime.getTime();
      const wait = Math.min(policy.mostMs, Math.max(shortestPostponement, age / 10));
      return queued(message.attempts, outcome.reason, now, wait * (1 + random / 5));
    }
    default:
      return outcome satisfies never;
  }
}

function queued(attempts: number, lastError: string, now: Date, waitMs: number): Progress {
  return { state: 'QUEUED', attempts, lastError, nextAttemptTime: new Date(now.getTime() + Math.round(waitMs)) };
}
