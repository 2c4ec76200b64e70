import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partitions } from '../domain/partition.ts';
import { Engine } from './engine.ts';
import type { Encoded } from './protocol.ts';

const bytes = 64 * 1024;

/** Judges some lines in one batch; each with its own engine, so that nothing is known before. */
function judge(lines: string[], fields: 6 | 8): Encoded {
  const engine = new Engine({ timeZone: 'Asia/Seoul', records: 100, mask: -1, keyMemory: 2 ** 28, scratchFolder: '' });
  engine.loaded(1, [...Array(partitions).keys()]);
  engine.lines(1, 1n, [{ accountNo: 1, serviceNumber: '0101', apn: 'iot.kr', active: [0, Number.POSITIVE_INFINITY] }]);
  const input = new SharedArrayBuffer(bytes * 2);
  const to = Buffer.from(input).write(lines.map((line) => `${line}\n`).join(''));
  const part = { fileNo: 1, format: 'csv' as const, from: 0, to, firstLine: 2, fields, last: false, overlong: false };
  const request = { batch: 1, businessNo: 1, input, spare: bytes, mostLines: 100, latest: 1e15, closed: [] };
  const answer = engine.judge({ ...request, parts: [part] });
  if (answer.kind !== 'encoded') throw new Error('nothing was there before');
  return answer;
}

const odd = fc.constantFrom(
  '',
  '"',
  '\r',
  '\t',
  'é',
  ' ',
  '-1',
  '1e3',
  '9007199254740991',
  '9007199254740992',
  '1'.repeat(16),
);
const field = (usual: string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });
const times = [
  '2026-11-10T10:00:00Z',
  '2026-11-10T10:00:00.5Z',
  '2026-11-10T19:00:00+09:00',
  '2026-02-30T10:00:00Z',
  '2026-11-10t10:00:00z',
];
const line = fc.tuple(
  field(['a', 'b', 'c-1', 'x'.repeat(64), 'x'.repeat(65)]),
  field(['0101', '0102']),
  field(['iot.kr', 'other']),
  field(times),
  field(['0', '1', '123456789012345']),
  field(['0', '7', '999']),
);

it('reads a line the same by the fast way and by the one that looks at everything', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (all) => {
      const rows = all.map((fields) => fields.join(','));
      const fast = judge(rows, 6);
      // Files with corrections are never read by the fast way.
      const full = judge(
        rows.map((row) => `${row},,`),
        8,
      );
      expect(fast.totals).toEqual(full.totals);
      expect(fast.parts).toEqual(full.parts);
      expect(Buffer.from(fast.output, 0, fast.length)).toEqual(Buffer.from(full.output, 0, full.length));
    }),
  );
});
