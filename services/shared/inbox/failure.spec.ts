import { expect, test } from 'vitest';
import { Fault } from '../errors/fault.ts';
import { Drop, Retry } from './consumer.ts';
import { judge } from './failure.ts';

const postgres = (code: string) => Object.assign(new Error('from PostgreSQL'), { code });

test.each([
  ['a handler that drops', new Drop('why'), 'drop'],
  ['a handler that waits', new Retry('why'), 'wait'],
  ['a dependency that is away', new Fault('DEPENDENCY_UNAVAILABLE'), 'wait'],
  ['a passed deadline', new Fault('DEADLINE_EXCEEDED'), 'wait'],
  ['a refused connection', postgres('ECONNREFUSED'), 'wait'],
  ['a server that shuts down', postgres('57P01'), 'wait'],
  ['a full disk', postgres('53100'), 'wait'],
  ['a standby', postgres('25006'), 'wait'],
  ['a broken constraint', postgres('23505'), 'try-again'],
  ['a mistake in the code', new TypeError('undefined is not a function'), 'try-again'],
  ['a stale etag', new Fault('ETAG_MISMATCH'), 'try-again'],
  ['something thrown that is no error', 'text', 'try-again'],
  ['nothing thrown at all', undefined, 'try-again'],
  ['a refusal', new Fault('LINE_STATE_FORBIDS'), 'park'],
  ['something that does not exist', new Fault('LINE_NOT_FOUND'), 'park'],
  ['a broken event', new Fault('EVENT_MALFORMED'), 'park'],
])('%s', (_what, error, verdict) => {
  expect(judge(error)).toBe(verdict);
});
