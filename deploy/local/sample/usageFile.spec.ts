import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fleet } from './fleet.ts';
import { sampleLines } from './lives.ts';
import { HEADER, usageFile } from './usageFile.ts';

const options = { records: 20_000, lines: fleet(50), month: '2026-10' };

function textOf(chunks: Iterable<Buffer>): string {
  return Buffer.concat([...chunks]).toString();
}

describe('usage file generator', () => {
  test('gives the same bytes and the same expectation for the same options, and others for another seed', () => {
    const first = usageFile(options);
    const again = usageFile(options);
    expect(textOf(first.chunks)).toBe(textOf(again.chunks));
    expect(first.expected).toEqual(again.expected);
    expect(textOf(usageFile({ ...options, seed: 7 }).chunks)).not.toBe(textOf(usageFile(options).chunks));
  });

  test('has exactly the records asked for, each counted once, and about the dirt asked for', () => {
    const file = usageFile(options);
    const lines = textOf(file.chunks).trimEnd().split('\n');
    expect(lines[0]).toBe(HEADER);
    expect(lines).toHaveLength(options.records + 1);
    const { records, rated, duplicate, rejected, outOfOrder, byReason } = file.expected;
    expect(records).toBe(options.records);
    expect(rated + duplicate + rejected).toBe(records);
    expect(Object.values(byReason).reduce((sum, value) => sum + value, 0)).toBe(rejected);
    expect((duplicate + rejected + outOfOrder) / records).toBeCloseTo(0.02, 2);
    expect(Object.keys(byReason).sort()).toEqual(['APN_MISMATCH', 'FUTURE', 'MALFORMED', 'UNKNOWN_LINE']);
  });

  test('expects for each line the sum of its first sound records, by a count of its own', () => {
    const lines = sampleLines('2026-10');
    const file = usageFile({ records: 5000, lines, month: '2026-10', dirt: 0.2 });
    const seen = new Set<string>();
    const sums = new Map<string, bigint>();
    for (const text of textOf(file.chunks).trimEnd().split('\n').slice(1)) {
      const fields = text.split(',');
      const [id = '', number = '', apn, time = '', up = '', down = ''] = fields;
      const line = lines.find((each) => each.serviceNumber === number);
      const at = Date.parse(time);
      const sound =
        fields.length === 6 &&
        id !== '' &&
        line?.apn === apn &&
        /^\d{1,18}$/.test(up) &&
        /^\d{1,18}$/.test(down) &&
        // A date such as 30 February is moved to March by the parser, and so reads otherwise when written again.
        !Number.isNaN(at) &&
        new Date(at).toISOString().startsWith(time.slice(0, 19)) &&
        at < Date.parse('2027-01-01') &&
        line?.active.some(({ start, end }) => start <= at && at < (end ?? Infinity)) === true;
      if (!sound || seen.has(id)) continue;
      seen.add(id);
      sums.set(number, (sums.get(number) ?? 0n) + BigInt(up) + BigInt(down));
    }
    for (const { serviceNumber } of lines) {
      expect(file.expected.total(serviceNumber).bytes).toBe(sums.get(serviceNumber) ?? 0n);
    }
    expect(file.expected.rated).toBe(seen.size);
  });

  test('numbers its records on demand', () => {
    const text = textOf(usageFile({ ...options, records: 3, ids: 'sequential', idPrefix: 'A-', dirt: 0 }).chunks);
    expect(text.split('\n').map((line) => line.split(',')[0])).toEqual([
      'record_id',
      'A-0000000001',
      'A-0000000002',
      'A-0000000003',
      '',
    ]);
  });

  test('made the file that is checked in', () => {
    const file = usageFile({ records: 1500, lines: fleet(25, 4), month: '2026-10', seed: 4 });
    const fixture = readFileSync(new URL('../../../test/fixtures/usage-2026-10.csv', import.meta.url), 'utf8');
    expect(textOf(file.chunks)).toBe(fixture);
  });
});
