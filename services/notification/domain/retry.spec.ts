import { expect, test } from 'vitest';
import { afterAttempt, defaultPolicy, type Outcome } from './retry.ts';

const now = new Date('2026-11-30T15:00:00Z');
const failed: Outcome = { kind: 'failed', reason: 'HTTP 503' };

const after = (attempts: number) => ({ attempts, createTime: now });

function waitAfter(attemptsBefore: number, outcome: Outcome, random = 0): number {
  const progress = afterAttempt(defaultPolicy, after(attemptsBefore), outcome, now, random);
  if (progress.state !== 'QUEUED') throw new Error(`not queued but ${progress.state}`);
  return progress.nextAttemptTime.getTime() - now.getTime();
}

test('a message that went out is SENT', () => {
  expect(afterAttempt(defaultPolicy, after(2), { kind: 'sent' }, now, 0)).toEqual({
    state: 'SENT',
    attempts: 3,
    sendTime: now,
  });
});

test('waits grow threefold, up to an hour', () => {
  expect([0, 1, 2, 3, 10].map((before) => waitAfter(before, failed))).toEqual([1_000, 3_000, 9_000, 27_000, 3_600_000]);
});

test('random spreads a wait over a fifth of it', () => {
  expect(waitAfter(1, failed, 0.5)).toBe(3_300);
});

test('a provider that says how long is heard, but not beyond the longest wait', () => {
  expect(waitAfter(0, { ...failed, retryAfterMs: 60_000 })).toBe(60_000);
  expect(waitAfter(3, { ...failed, retryAfterMs: 10 })).toBe(27_000);
  expect(waitAfter(0, { ...failed, retryAfterMs: 10 ** 12 })).toBe(3_600_000);
});

test('a refusal is final at the first attempt', () => {
  expect(afterAttempt(defaultPolicy, after(0), { kind: 'refused', reason: 'SMTP: 550' }, now, 0)).toEqual({
    state: 'FAILED',
    attempts: 1,
    lastError: 'SMTP: 550',
  });
});

test('the twelfth failure is the last', () => {
  expect(afterAttempt(defaultPolicy, after(10), failed, now, 0).state).toBe('QUEUED');
  expect(afterAttempt(defaultPolicy, after(11), failed, now, 0)).toEqual({
    state: 'FAILED',
    attempts: 12,
    lastError: 'given up after 12 attempts: HTTP 503',
  });
});

test('a document that cannot be had costs no attempt, however often', () => {
  const progress = afterAttempt(defaultPolicy, after(11), { kind: 'postponed', reason: 'billing is away' }, now, 0);
  expect(progress).toMatchObject({ state: 'QUEUED', attempts: 11, lastError: 'billing is away' });
});

test('a postponed message is looked after every few seconds at first, and once an hour in the end', () => {
  const waits = [0, 60_000, 600_000, 10 ** 9].map((age) => {
    const message = { attempts: 0, createTime: new Date(now.getTime() - age) };
    const progress = afterAttempt(defaultPolicy, message, { kind: 'postponed', reason: 'away' }, now, 0);
    return progress.state === 'QUEUED' ? progress.nextAttemptTime.getTime() - now.getTime() : undefined;
  });
  expect(waits).toEqual([5_000, 6_000, 60_000, 3_600_000]);
});
