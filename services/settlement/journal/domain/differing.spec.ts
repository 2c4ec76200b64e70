import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceOf } from './difference.ts';
import { differing } from './differing.ts';
import type { BookEntry } from './entry.ts';

const known = fc.record({ id: fc.nat({ max: 30 }), time: fc.nat({ max: 3 }), minor: fc.nat({ max: 2 }) });
const book = fc.uniqueArray(known, { selector: ({ id }) => id, maxLength: 30 }).map((entries) =>
  entries
    .map(
      ({ id, time, minor }): BookEntry => ({
        id: String(id).padStart(2, '0'),
        time: new Date(time),
        cause: 'TOP_UP',
        causeId: '',
        lines: [{ ledger: 'CASH', accountId: '', currency: 'KRW', minor: BigInt(minor) }],
      }),
    )
    .sort((a, b) => a.time.getTime() - b.time.getTime() || (a.id < b.id ? -1 : 1)),
);

async function* streamed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

test('any two books: one pass finds exactly the entries that looking up every id finds', async () => {
  await fc.assert(
    fc.asyncProperty(book, book, async (some, others) => {
      const found = new Set(await Array.fromAsync(differing(streamed(some), streamed(others))));
      const ids = new Set([...some, ...others].map(({ id }) => id));
      const find = (entries: BookEntry[], id: string) => entries.find((entry) => entry.id === id);
      const expected = [...ids].filter((id) => differenceOf(find(some, id), find(others, id)) !== undefined);
      expect([...found].sort()).toEqual(expected.sort());
    }),
  );
});

test('what differs is named by what is wrong with it, and the order of lines is nothing', () => {
  const lines = [
    { ledger: 'CASH' as const, accountId: '', currency: 'KRW', minor: 5n },
    { ledger: 'PREPAID' as const, accountId: 'purse', currency: 'KRW', minor: -5n },
  ];
  const entry: BookEntry = { id: 'e', time: new Date(0), cause: 'TOP_UP', causeId: 'c', lines };
  const kindOf = (billing?: BookEntry, settlement?: BookEntry) => differenceOf(billing, settlement)?.kind;
  expect(kindOf(entry, { ...entry, lines: lines.toReversed() })).toBeUndefined();
  expect(kindOf(entry, undefined)).toBe('MISSING');
  expect(kindOf(undefined, entry)).toBe('UNKNOWN');
  expect(kindOf(entry, { ...entry, lines: lines.slice(1) })).toBe('CHANGED');
  expect(kindOf(entry, { ...entry, time: new Date(1) })).toBe('CHANGED');
  expect(kindOf(entry, { ...entry, causeId: 'd' })).toBe('CHANGED');
  expect(kindOf(undefined, undefined)).toBeUndefined();
});
