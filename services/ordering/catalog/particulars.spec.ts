import { describe, expect, test } from 'vitest';
import type { OfferingKind } from './offering.ts';
import { checkParticulars, termsOf, uploaded } from './particulars.ts';

const fields = (kind: OfferingKind, stock: bigint, content?: object, visit?: object) =>
  checkParticulars(kind, { stock, content, visit }).map(({ field }) => field);

describe('SHOP-1 TOON-2 what an offering of a kind has', () => {
  test('goods have a stock, which may be nothing, and no content', () => {
    expect(fields('GOODS', 0n)).toEqual([]);
    expect(fields('GOODS', 1000n)).toEqual([]);
    expect(fields('GOODS', 1000n, {})).toEqual(['offering.content']);
  });

  test('content has content and no stock', () => {
    expect(fields('CONTENT', 0n, {})).toEqual([]);
    expect(fields('CONTENT', 0n)).toEqual(['offering.content']);
    expect(fields('CONTENT', 5n)).toEqual(['offering.stock', 'offering.content']);
  });

  test.each(['LINE', 'RIDE', 'VISIT'] as const)('a %s has neither', (kind) => {
    expect(fields(kind, 0n)).toEqual([]);
    expect(fields(kind, 1n, {})).toEqual(['offering.stock', 'offering.content']);
  });
});

test('TOON-2 an upload is a new version, the same once more is none', () => {
  const first = { author: '최', episode: 1, body: '1화', version: 1 };
  expect(uploaded(first, { author: '최', episode: 1, body: '1화 수정' })).toEqual({
    author: '최',
    episode: 1,
    body: '1화 수정',
    version: 2,
  });
  expect(uploaded(first, { author: '최', episode: 1, body: '1화' })).toBe(first);
});

test('IOT-2 only lines limit spending', () => {
  const limited = (kind: OfferingKind) =>
    checkParticulars(kind, { stock: 0n, spendingLimit: {} }).map(({ field }) => field);
  expect(limited('LINE')).toEqual([]);
  for (const kind of ['GOODS', 'RIDE', 'VISIT'] as const) expect(limited(kind)).toEqual(['offering.spending_limit']);
});

test('SMOKE-4 only visits have rules, and rules that are not there are rules of nothing', () => {
  expect(fields('VISIT', 0n, undefined, {})).toEqual([]);
  for (const kind of ['LINE', 'GOODS', 'RIDE'] as const) {
    expect(fields(kind, 0n, undefined, {})).toEqual(['offering.visit']);
  }
  expect(fields('CONTENT', 0n, {}, {})).toEqual(['offering.visit']);
  expect(termsOf(undefined)).toEqual({ penaltyPoints: 0n, banThreshold: 0n });
  expect(termsOf({ penaltyPoints: 30n, banThreshold: 90n })).toEqual({ penaltyPoints: 30n, banThreshold: 90n });
});
