import { describe, expect, test } from 'vitest';
import { Fault } from '../errors/fault.ts';
import { errorFields, withoutPersonalData } from './errorFields.ts';

describe('MESH-5 an error in the log', () => {
  test('tells what went wrong, where, and why, down to the first cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const fields = errorFields(new Fault('DEPENDENCY_UNAVAILABLE', { message: 'no answer', cause }));
    expect(fields).toMatchObject({
      type: 'Fault',
      message: 'no answer',
      reason: 'DEPENDENCY_UNAVAILABLE',
      cause: { type: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:5432', code: 'ECONNREFUSED' },
    });
    expect(fields.stack).toMatch(/^\s+at .*errorFields\.spec\.ts/);
  });

  test('leaves out the row that PostgreSQL adds, and the value that it could not read', () => {
    const unique = Object.assign(new Error('duplicate key value violates unique constraint "lines_number"'), {
      ...{ severity: 'ERROR', code: '23505', detail: 'Key (service_number)=(01234567890) already exists.' },
      ...{ where: 'COPY lines, line 1: "Kim Cheol-su"', constraint: 'lines_number' },
    });
    expect(JSON.stringify(errorFields(unique))).not.toMatch(/01234567890|Kim/);
    expect(errorFields(unique)).toMatchObject({ message: unique.message, code: '23505' });
    const unreadable = Object.assign(new Error('invalid input syntax for type uuid: "Kim Cheol-su"'), {
      severity: 'ERROR',
      code: '22P02',
    });
    expect(errorFields(unreadable).message).toBe('invalid input syntax for type uuid: "…"');
  });

  test('repeats no message at the head of its stack', () => {
    expect(errorFields(new Error('kim@example.com has no page')).stack).not.toContain('has no page');
  });

  test('a thrown text is an error too', () => {
    expect(errorFields('broken')).toEqual({ type: 'string', message: 'broken' });
  });

  test.each([
    ['mail to kim.cs@example.co.kr failed', 'mail to …@… failed'],
    ['no line has 01012345678', 'no line has …'],
    ['call +82-10-1234-5678 back', 'call … back'],
    ['invoice 0193e5a2-7b1c-7000-8000-1234567890ab', 'invoice 0193e5a2-7b1c-7000-8000-1234567890ab'],
    ['connect ECONNREFUSED 127.0.0.1:26379', 'connect ECONNREFUSED 127.0.0.1:26379'],
    ['at 2026-10-31T23:59:59Z', 'at 2026-10-31T23:59:59Z'],
    ['delivery 4711 is missing', 'delivery 4711 is missing'],
  ])('%s', (text, shown) => {
    expect(withoutPersonalData(text)).toBe(shown);
  });
});
