import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { instantOf } from './instant.ts';

test.each([
  ['2026-02-28T14:59:59Z', 999_999_999, '2026-02-28T14:59:59.999Z'],
  ['2026-02-28T15:00:00Z', 0, '2026-02-28T15:00:00.000Z'],
  ['2026-02-28T15:00:00Z', 999_999, '2026-02-28T15:00:00.000Z'],
  ['1969-12-31T23:59:59Z', 999_500_000, '1969-12-31T23:59:59.999Z'],
])('%s and %i ns belongs to the millisecond %s', (second, nanos, expected) => {
  expect(instantOf({ ...timestampFromMs(Date.parse(second)), nanos }).toISOString()).toBe(expected);
});
