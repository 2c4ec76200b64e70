import { describe, expect, test } from 'vitest';
import { classifySmtp } from './mail.ts';
import { classifyHttp } from './sms.ts';

describe('HTTP', () => {
  test.each([
    [200, 'sent'],
    [202, 'sent'],
    [302, 'failed'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'failed'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('%i is %s', (status, kind) => {
    expect(classifyHttp(status, null).kind).toBe(kind);
  });

  test('Retry-After in seconds is heard, anything else is not', () => {
    expect(classifyHttp(429, '7')).toMatchObject({ retryAfterMs: 7_000 });
    expect(classifyHttp(429, 'Wed, 21 Oct 2026 07:28:00 GMT')).toMatchObject({ retryAfterMs: 0 });
    expect(classifyHttp(429, '99999999999999999999')).toMatchObject({ retryAfterMs: 0 });
  });
});

describe('SMTP', () => {
  test.each([
    ['an unknown recipient', { command: 'RCPT TO', code: 'EENVELOPE', responseCode: 550 }, 'refused'],
    ['a refused text', { command: 'DATA', code: 'EMESSAGE', responseCode: 554 }, 'refused'],
    ['an impossible address', { command: 'API', code: 'EENVELOPE' }, 'refused'],
    ['greylisting', { command: 'RCPT TO', code: 'EENVELOPE', responseCode: 451 }, 'failed'],
    ['a bad sequence', { command: 'DATA', code: 'EENVELOPE', responseCode: 503 }, 'failed'],
    ['a refused sign-in', { command: 'AUTH PLAIN', code: 'EAUTH', responseCode: 535 }, 'failed'],
    ['a refused connection', { command: 'CONN', code: 'ESOCKET' }, 'failed'],
  ])('%s', (_name, fields, kind) => {
    expect(classifySmtp(Object.assign(new Error('x'), fields)).kind).toBe(kind);
  });
});
