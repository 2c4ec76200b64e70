import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headerText, readHeaderText, subjectToken } from './token.ts';

// Text that UTF-8 can hold, of every plane.
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

test('any id becomes one token that NATS takes, and two ids never the same one', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(subjectToken(one)).toMatch(/^[!-~]+$/);
      expect(subjectToken(one)).not.toMatch(/[.*>]/);
      expect(decodeURIComponent(subjectToken(one))).toBe(one);
      expect(subjectToken(one) === subjectToken(other)).toBe(one === other);
    }),
  );
});

test('an ordinary id stays as it is', () => {
  expect(subjectToken('019a4c2e-7d31-7c55-8f1e-0c2b6a1d9e44')).toBe('019a4c2e-7d31-7c55-8f1e-0c2b6a1d9e44');
  expect(subjectToken('iot/2026-11')).toBe('iot/2026-11');
});

test('an empty id is refused', () => {
  expect(() => subjectToken('')).toThrow('empty');
});

test('any text survives a header, in printable ASCII', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(headerText(value)).toMatch(/^[!-~]+$/);
      expect(readHeaderText(headerText(value))).toBe(value);
    }),
  );
});
