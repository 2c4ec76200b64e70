import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyTable } from '../domain/keyTable.ts';
import { KeySegment } from './keySegment.ts';
import { ScratchFile } from './scratchFile.ts';

const int32 = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const key = fc.record({ lo: int32, hi: fc.nat(255), commit: fc.integer({ min: 1, max: 0xffffff }) });

function commitsIn(table: KeyTable, lo: number, hi: number): number[] {
  const found: number[] = [];
  for (let slot = table.first(lo, hi); slot >= 0; slot = table.next(slot, lo, hi)) found.push(table.commitAt(slot));
  return found.sort();
}

it('a table and a segment find every key that was put in, with its commits, and nothing else', () => {
  const scratch = new ScratchFile(tmpdir());
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 2_000 }),
      fc.array(key, { maxLength: 20 }),
      fc.boolean(),
      (keys, others, filtered) => {
        const table = new KeyTable();
        const words = new BigUint64Array(keys.length);
        for (const [index, { lo, hi, commit }] of keys.entries()) {
          table.add(lo, hi, commit);
          words[index] = (BigInt(lo >>> 0) << 32n) | BigInt(((hi << 24) | commit) >>> 0);
        }
        const segment = new KeySegment(scratch, words);
        if (!filtered) segment.dropFilter();
        for (const { lo, hi } of [...keys.slice(0, 50), ...others]) {
          const wanted = keys.filter((each) => each.lo === lo && each.hi === hi).map(({ commit }) => commit);
          const found: number[] = [];
          segment.find(lo, hi, found);
          expect(found.sort()).toEqual(wanted.sort());
          expect(commitsIn(table, lo, hi)).toEqual(wanted);
        }
      },
    ),
    { numRuns: 50 },
  );
  scratch.close();
});
