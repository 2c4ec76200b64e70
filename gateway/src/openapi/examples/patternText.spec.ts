import { describe, expect, test } from 'vitest';
import { patternText } from './patternText.ts';

describe('a text for a pattern', () => {
  test.each([
    ['^abc$', 'abc'],
    ['^[a-z]+$', 'a'],
    ['^[A-Z]{3}$', 'AAA'],
    ['^[0-9]{4}-(0[1-9]|1[0-2])$', '1111-01'],
    ['^\\+?[0-9][0-9-]{3,23}$', '1111'],
    ['^(0|[1-9][0-9]*)(\\.[0-9]+)?$', '0'],
    ['^(?:on|off)$', 'on'],
    ['^(?P<year>\\d{4})$', '1111'],
    ['^(?<year>\\d{4})$', '1111'],
    ['^[^a]$', '1'],
    ['^[^/]+/[^/]+$', 'a/a'],
    ['^\\w+@\\w+\\.com$', 'a@a.com'],
    ['^[\\w.-]+$', 'a'],
    ['^[]x]$', ']'],
    ['^[-x]$', '-'],
    ['^[x-]$', '-'],
    ['^a{2,}$', 'aa'],
    ['^a{2,3}?b*$', 'aa'],
    ['^.+$', 'a'],
    ['^\\[x\\]$', '[x]'],
    ['', ''],
    ['^\\t$', '\t'],
  ])('%s gives %j', (pattern, text) => {
    expect(patternText(pattern)).toBe(text);
  });

  test.each([
    ['^[a-z]*$', 3, 'aaa'],
    ['^[a-z]{2,4}$', 9, 'aaaa'],
    ['^x?y$', 1, 'xy'],
  ])('%s with %i more gives %j', (pattern, more, text) => {
    expect(patternText(pattern, more)).toBe(text);
  });

  test.each(['^\\p{L}$', '(?i)abc', '(?=a)', '[[:alpha:]]', '(', '[a', '*', '\\', 'a)', '^\\x41$'])(
    '%s is not understood',
    (pattern) => {
      expect(patternText(pattern)).toBeUndefined();
    },
  );
});
