import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { CorrectionKind } from '#proto/rating/v1/usage';
import {
  BatchReportUsageRequestSchema,
  type ReportedUsageSchema,
  ReportUsageRequestSchema,
} from '#proto/rating/v1/usage_service';
import { type Gate, GatedDatabase, Turn } from '../../testing/gatedDatabase.ts';
import { seedLine, totals, type World, world } from '../../testing/world.ts';
import { batchReportUsage, reportUsage } from '../rpc/reportUsage.ts';

const line = '01200000001';
type Usage = MessageInitShape<typeof ReportedUsageSchema>;

function usage(recordId: string, changes: Usage = {}): Usage {
  return {
    recordId,
    serviceNumber: line,
    apn: 'iot.kr',
    startTime: timestampFromDate(new Date('2026-11-10T10:00:00Z')),
    bytesUp: 10n,
    bytesDown: 90n,
    ...changes,
  };
}

const batch = (records: Usage[]) =>
  create(BatchReportUsageRequestSchema, { business: 'iot', source: 'probe', records });

async function* messages(all: Usage[][]) {
  for (const [index, records] of all.entries()) {
    yield Buffer.from(
      toBinary(ReportUsageRequestSchema, create(ReportUsageRequestSchema, { business: index ? '' : 'iot', records })),
    );
  }
}

async function seeded(): Promise<World> {
  const at = await world();
  await seedLine(at.database, { number: line });
  return at;
}

describe('BatchReportUsage', () => {
  it('IOT-6 judges reported records like those of a file and says which were refused', async () => {
    await using at = await seeded();
    const { file, rejections } = await batchReportUsage(
      batch([
        usage('a'),
        usage('b', { bytesUp: 0n, bytesDown: 0n }),
        usage('a'),
        usage('c', { serviceNumber: '019' }),
        usage('d', { apn: 'other' }),
        usage('e', { bytesDown: -1n }),
        usage('f', { bytesDown: 2n ** 53n }),
        usage('g', { bytesDown: 2n ** 53n - 1n }),
        usage('h', { startTime: { seconds: 1n, nanos: 0 } }),
        usage('i', { startTime: { seconds: 1_793_500_000n, nanos: 1 } }),
        usage('é'),
        usage(''),
        usage('j'.repeat(65)),
        usage('k', { correction: CorrectionKind.CANCEL, corrects: 'nobody' }),
        usage('l', { correction: CorrectionKind.REPLACE, corrects: 'a', bytesUp: 1n, bytesDown: 1n }),
      ]),
      at.imports(),
    );
    expect(file).toMatchObject({ recordsRead: 15n, rated: 4n, duplicate: 1n, rejected: 10n });
    expect(rejections.map(({ index, reason }) => `${index} ${reason}`).sort()).toEqual(
      [
        '3 UNKNOWN_LINE',
        '4 APN_MISMATCH',
        '13 UNKNOWN_RECORD',
        ...[5, 6, 8, 9, 10, 11, 12].map((index) => `${index} MALFORMED`),
      ].sort(),
    );
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: `${2n + 2n ** 53n - 1n + 10n} in 3` });
    const { rows } = await at.database.query("select record from usage_rejections where reason = 'APN_MISMATCH'");
    expect(rows).toEqual([{ record: `d,${line},other,2026-11-10T10:00:00Z,10,90` }]);
  });

  it('IOT-7 many reports at once share commits and count each record once', async () => {
    await using at = await seeded();
    const imports = at.imports();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        batchReportUsage(batch([usage(`own-${index}`), usage(`shared-${index % 10}`)]), imports),
      ),
    );
    expect(answers.reduce((sum, { file }) => sum + file.rated, 0n)).toBe(50n);
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '5000 in 50' });
    const { rows } = await at.database.query(
      'select count(distinct batch)::int as batches, count(*)::int from usage_blocks',
    );
    expect(rows[0].batches).toBeLessThan(40);
  });
});

describe('ReportUsage', () => {
  it('IOT-6 takes a stream message by message and numbers its records through', async () => {
    await using at = await seeded();
    const { file, rejections } = await reportUsage(
      messages([
        [usage('a'), usage('b', { apn: 'other' })],
        [],
        [usage('c'), usage('a'), usage('d', { serviceNumber: '0' })],
      ]),
      at.imports({ limits: { bytes: 256 * 1024, records: 2 } }),
    );
    expect(file).toMatchObject({ recordsRead: 5n, rated: 2n, duplicate: 1n, rejected: 2n });
    expect(rejections.map(({ index, recordId, reason }) => `${index} ${recordId} ${reason}`)).toEqual([
      '1 b APN_MISMATCH',
      '4 d UNKNOWN_LINE',
    ]);
  });

  it('IOT-6 numbers the records of streams that share batches, also where a batch is full between two of their messages', async () => {
    await using at = await seeded();
    const [commits, mayCommit] = [new Turn(), new Turn()];
    const gate: Gate = async (text, send) => {
      if (text.includes('for update') && !commits.hasCome) {
        commits.happen();
        await mayCommit.come;
      }
      return send();
    };
    await using database = new GatedDatabase(at.url, gate);
    await using imports = at.imports({ database, limits: { bytes: 256 * 1024, records: 10 } });
    const before = batchReportUsage(batch([usage('before')]), imports);
    await commits.come;
    const refused = (name: string) =>
      Array.from({ length: 8 }, (_, index) => usage(`${name}${index}`, { apn: 'other' }));
    // What waits while a batch is committed shares the next one: a, b, a.
    const [aIsThere, bIsThere] = [new Turn(), new Turn()];
    const pauses = async function* (all: Usage[][], there: Turn, next: Promise<void>) {
      for await (const message of messages(all)) {
        yield message;
        there.happen();
        await next;
      }
    };
    const a = reportUsage(pauses([refused('a'), refused('A')], aIsThere, bIsThere.come), imports);
    await aIsThere.come;
    const b = reportUsage(pauses([refused('b')], bIsThere, Promise.resolve()), imports);
    await bIsThere.come;
    mayCommit.happen();
    await before;
    const places = ({ rejections }: Awaited<typeof a>) =>
      rejections.map(({ index, recordId }) => `${index} ${recordId}`);
    expect(places(await a)).toEqual(
      ['a', 'A'].flatMap((name, message) => refused(name).map((_, index) => `${message * 8 + index} ${name}${index}`)),
    );
    expect(places(await b)).toEqual(refused('b').map((_, index) => `${index} b${index}`));
  });

  it('IOT-7 a report that is given up while it shares a batch takes nothing of the others along', async () => {
    await using at = await seeded();
    const [commits, mayCommit] = [new Turn(), new Turn()];
    const gate: Gate = async (text, send) => {
      if (text.includes('for update') && !commits.hasCome) {
        commits.happen();
        await mayCommit.come;
      }
      return send();
    };
    await using database = new GatedDatabase(at.url, gate);
    await using imports = at.imports({ database });
    const before = batchReportUsage(batch([usage('before')]), imports);
    await commits.come;
    const states = async () => (await at.database.query('select no, state from usage_files order by no')).rows;
    const givenUp = batchReportUsage(batch([usage('a'), usage('b')]), imports).catch((error) => error.reason);
    await expect.poll(states).toHaveLength(2);
    const other = batchReportUsage(batch([usage('b'), usage('c')]), imports);
    await expect.poll(states).toHaveLength(3);
    await at.database.query("update usage_files set state = 'FAILED' where no = $1", [(await states())[1].no]);
    mayCommit.happen();
    expect((await before).file).toMatchObject({ rated: 1n });
    expect(await givenUp).toBe('USAGE_FILE_INTERRUPTED');
    expect((await other).file).toMatchObject({ rated: 2n, duplicate: 0n });
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '300 in 3' });
  });

  it('a stream that breaks off keeps what was committed and fails its report', async () => {
    await using at = await seeded();
    async function* broken() {
      yield* messages([[usage('a')]]);
      throw new Error('the caller went away');
    }
    await expect(reportUsage(broken(), at.imports())).rejects.toThrow();
    const { rows } = await at.database.query('select state, kind, rated from usage_files');
    expect(rows).toEqual([{ state: 'FAILED', kind: 'REPORT', rated: 1n }]);
  });

  it('refuses bytes that are no message, and names nobody may have', async () => {
    await using at = await seeded();
    const stream = async function* (bytes: Buffer) {
      yield bytes;
    };
    const imports = at.imports();
    const bad = (init: MessageInitShape<typeof ReportUsageRequestSchema>) =>
      reportUsage(
        stream(Buffer.from(toBinary(ReportUsageRequestSchema, create(ReportUsageRequestSchema, init)))),
        imports,
      );
    await expect(reportUsage(stream(Buffer.from([0xff])), imports)).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
    });
    await expect(bad({})).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    await expect(bad({ business: 'No Name' })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    await expect(bad({ business: 'iot', records: Array.from({ length: 10_001 }, () => ({})) })).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
    });
  });
});
