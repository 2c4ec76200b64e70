import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReportUsageRequestSchema } from '#proto/rating/v1/usage_service';
import { group } from '../testing/group.ts';
import { csv, pieces, seedLine, totals, type World, world } from '../testing/world.ts';
import { idStarts, readFields } from '../usage/domain/block.ts';
import { reportUsage } from '../usage/rpc/reportUsage.ts';
import type { Forward } from './forward.ts';

const lineCount = 24;
const numbers = Array.from({ length: lineCount }, (_, index) => `0120000${String(index).padStart(4, '0')}`);
const small = { limits: { bytes: 256 * 1024, records: 40 } };

async function seeded(): Promise<World> {
  const at = await world();
  for (const number of numbers) await seedLine(at.database, { number });
  return at;
}

/** Everything that is kept of the files: their counts, what was refused, and each record with its place in its file. */
async function books({ database }: World) {
  const files = await database.query(
    `select source, state, records_read, rated, duplicate, late, malformed, unknown_line, apn_mismatch, future, unknown_record, corrected,
       rated_bytes, corrected_bytes, bytes_read from usage_files order by source`,
  );
  const refused = await database.query(
    `select f.source, file_line, reason, detail, record from usage_rejections r join usage_files f on f.no = r.file_no
     order by 1, 2`,
  );
  const blocks = await database.query('select records, ids, fields from usage_blocks');
  const kept = blocks.rows.flatMap(({ records, ids, fields }) => {
    const starts = idStarts(ids, records);
    const { line, up, down } = readFields(fields);
    return Array.from(line, (no, index) => {
      const id = ids.toString('latin1', starts[index], starts[index + 1]);
      return `${id} on line ${no}: ${up[index]} ${down[index]}`;
    });
  });
  const corrections = await database.query('select record_id, by_id, kind from usage_corrections order by 1');
  return {
    files: files.rows,
    refused: refused.rows,
    kept: kept.sort(),
    corrections: corrections.rows,
    totals: await totals(database),
  };
}

async function chunksLeft({ database }: World): Promise<number> {
  return (await database.query('select count(*)::int from usage_file_chunks')).rows[0].count;
}

const usage = fc
  .tuple(
    fc.integer({ min: 0, max: 150 }),
    fc.nat(lineCount),
    fc.nat(1_000),
    fc.constantFrom('plain', 'plain', 'plain', 'quoted', 'crlf', 'apn', 'empty', 'short', 'unclosed', 'bytes'),
  )
  .map(([id, line, volume, kind]) => {
    const number = numbers[line] ?? '01299999999';
    const row = `id-${id},${number},iot.kr,2026-11-10T00:00:00Z,${volume},1`;
    switch (kind) {
      case 'quoted':
        return `"id-${id}","${number}",iot.kr,2026-11-10T00:00:00Z,${volume},1`;
      case 'crlf':
        return `${row}\r`;
      case 'apn':
        return row.replace('iot.kr', 'other');
      case 'empty':
        return '';
      case 'short':
        return `id-${id}`;
      case 'unclosed':
        return `"${row}`;
      case 'bytes':
        return `id-é,${number},iot.kr,2026-11-10T00:00:00Z,1,1`;
      default:
        return row;
    }
  });

describe('several rating processes', () => {
  it('IOT-6 share a file and keep of it what one process alone would', async () => {
    const file = fc.record({
      rows: fc.array(usage, { minLength: 30, maxLength: 200 }),
      size: fc.integer({ min: 2, max: 4 }),
      ended: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ rows, size, ended }) => {
        await using one = await seeded();
        await using other = await seeded();
        const { imports, suspected } = group(other, size, small);
        const files = [rows.slice(0, 120), rows.slice(60)].map((some) => csv(some).slice(0, ended ? undefined : -1));
        for (const [index, text] of files.entries()) {
          const source = `file ${index}`;
          await one.imports(small).run({ business: 'iot', source, pieces: pieces(text) });
          await imports[index]?.run({ business: 'iot', source, pieces: pieces(text) });
        }
        expect(await books(other)).toEqual(await books(one));
        expect(suspected).toEqual([]);
        expect(await chunksLeft(other)).toBe(0);
      }),
      { numRuns: 5 },
    );
  }, 120_000);

  it('IOT-13 keep the order of corrections, also when the owners change within the file', async () => {
    await using one = await seeded();
    await using other = await seeded();
    const rows = numbers.flatMap((number, index) => {
      const row = (id: string, volume: number, correction: string) =>
        `${id}-${index},${number},iot.kr,2026-11-10T00:00:00Z,${volume},0,${correction}`;
      return [row('a', 5, ','), row('b', 7, `REPLACE,a-${index}`), row('c', 0, `CANCEL,b-${index}`)];
    });
    const header = 'record_id,service_number,apn,start_time,bytes_up,bytes_down,correction,corrects\n';
    const lines = [0, 1, 2].map((step) => rows.filter((_, index) => index % 3 === step).join('\n'));
    const text = `${header}${lines.join('\n')}\n`;
    const { imports, see } = group(other, 3, { limits: { bytes: 256 * 1024, records: 5 } });
    async function* changing() {
      let piece = 0;
      for await (const bytes of pieces(text, 600)) {
        see([[1, 2, 3], [1, 3], [1], [1, 2]][piece++ % 4] ?? []);
        yield bytes;
      }
    }
    await one.imports().run({ business: 'iot', source: '', pieces: pieces(text) });
    await imports[0]?.run({ business: 'iot', source: '', pieces: changing() });
    expect(await books(other)).toEqual(await books(one));
  });

  it.each([
    ['is not there', (): Forward => () => Promise.reject(new Error('unreachable'))],
    [
      'commits, but its answer is lost',
      (forward: Forward): Forward =>
        async (member, chunks) => {
          await forward(member, chunks);
          throw new Error('the answer is lost');
        },
    ],
    [
      'commits some of it, and then dies',
      (forward: Forward): Forward =>
        async (member, chunks) => {
          await forward(member, chunks.slice(0, Math.ceil(chunks.length / 2)));
          throw new Error('died');
        },
    ],
    [
      'commits it at the same moment as the process that has given it up',
      (forward: Forward): Forward =>
        async (member, chunks) => {
          void forward(member, chunks).catch(() => {});
          throw new Error('too late');
        },
    ],
  ])('IOT-7 count each record once when an owner %s', async (_, forwarding) => {
    await using one = await seeded();
    await using other = await seeded();
    const rows = Array.from(
      { length: 600 },
      (_, index) =>
        `id-${index % 500},${numbers[index % lineCount]},${index % 50 === 3 ? 'other' : 'iot.kr'},2026-11-10T00:00:00Z,${index % 7},1`,
    );
    const { imports, suspected } = group(other, 3, small, forwarding);
    await one.imports(small).run({ business: 'iot', source: '', pieces: pieces(csv(rows)) });
    await imports[0]?.run({ business: 'iot', source: '', pieces: pieces(csv(rows)) });
    expect(await books(other)).toEqual(await books(one));
    expect(new Set(suspected)).toEqual(new Set([2, 3]));
    expect(await chunksLeft(other)).toBe(0);
  });

  it.each(['is not there', 'loses its answer'])('IOT-6 answer a report in full when an owner %s', async (how) => {
    await using at = await seeded();
    const { imports } = group(at, 3, small, (forward) => async (member, chunks) => {
      if (how === 'loses its answer') await forward(member, chunks);
      throw new Error(how);
    });
    const record = (index: number) => ({
      recordId: `id-${index}`,
      serviceNumber: numbers[index % lineCount] ?? '',
      apn: index % 10 === 4 ? 'other' : 'iot.kr',
      startTime: timestampFromDate(new Date('2026-11-10T10:00:00Z')),
      bytesUp: 1n,
      bytesDown: index % 10 === 7 ? -1n : 1n,
    });
    async function* messages() {
      for (let from = 0; from < 200; from += 25) {
        const records = Array.from({ length: 25 }, (_, offset) => record(from + offset));
        const request = create(ReportUsageRequestSchema, { business: 'iot', records });
        yield Buffer.from(toBinary(ReportUsageRequestSchema, request));
      }
    }
    const { file, rejections } = await reportUsage(messages(), imports[0] as (typeof imports)[number]);
    expect(file).toMatchObject({ recordsRead: 200n, rated: 160n, rejected: 40n });
    const expected = Array.from({ length: 200 }, (_, index) => index).filter((index) => [4, 7].includes(index % 10));
    expect(rejections.map(({ index }) => Number(index))).toEqual(expected);
    expect(rejections.map(({ recordId }) => recordId)).toEqual(expected.map((index) => `id-${index}`));
  });

  it('IOT-7 each have the keys of their own partitions only, and know a duplicate of any', async () => {
    await using at = await world();
    const businesses = ['one', 'two', 'three', 'four'];
    for (const business of businesses)
      for (const number of numbers) await seedLine(at.database, { number, business, id: `${business} ${number}` });
    const { imports, see } = group(at, 4);
    const held = async () => {
      for (const each of imports) await each.warmUp();
      return Promise.all(
        imports.map(async (each) => sum(await Promise.all([1, 2, 3, 4].map((no) => each.heldPartitions(no))))),
      );
    };
    const send = async (index: number, from: number, to: number) => {
      const rows = Array.from({ length: to - from }, (_, offset) => {
        const number = numbers[offset % lineCount];
        return `id-${from + offset},${number},iot.kr,2026-11-10T00:00:00Z,1,1`;
      });
      const sent = businesses.map((business) =>
        imports[index]?.run({ business, source: '', pieces: pieces(csv(rows)) }),
      );
      const files = await Promise.all(sent);
      return {
        rated: sum(files.map((file) => Number(file?.rated))),
        duplicate: sum(files.map((file) => Number(file?.duplicate))),
      };
    };
    expect(await send(0, 0, 480)).toEqual({ rated: 4 * 480, duplicate: 0 });
    const shares = await held();
    expect(sum(shares)).toBe(4 * 32);
    for (const share of shares) expect(Math.abs(share - 32)).toBeLessThan(16);

    see([1, 2]);
    expect(await send(1, 0, 480)).toEqual({ rated: 0, duplicate: 4 * 480 });
    // The third believes in itself alone; that costs it the keys of all and nothing else.
    see([3]);
    expect(await send(2, 240, 960)).toEqual({ rated: 4 * 480, duplicate: 4 * 240 });
    see([1, 2]);
    for (const each of imports) await each.forgetForeign(0);
    const [first = 0, second = 0, ...others] = await held();
    expect(first + second).toBe(4 * 32);
    expect(others).toEqual([0, 0]);
    expect(await send(3, 480, 960)).toEqual({ rated: 0, duplicate: 4 * 480 });
  }, 60_000);
});

const sum = (all: number[]) => all.reduce((total, each) => total + each, 0);
