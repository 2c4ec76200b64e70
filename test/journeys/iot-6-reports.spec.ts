import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ReportUsageRequestSchema } from '#proto/rating/v1/usage_service';
import { count, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { HEADER } from '../../deploy/local/sample/usageFile.ts';
import { sendReport } from '../bench/sendReport.ts';
import { csv, MONTH, moment, newServiceNumber, record, upload } from './business.ts';
import { businessWithLine, counts, total } from './deviceFleet.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

interface Report {
  readonly file: UsageFile & { readonly kind: string; readonly correctedBytes?: string };
  readonly rejections?: readonly { readonly index?: string; readonly recordId?: string; readonly reason: string }[];
}

interface UsageRecord {
  readonly recordId: string;
  readonly outcome: string;
  readonly fileId: string;
  readonly fileLine: string;
  readonly corrects?: string;
  readonly correctedBy?: string;
}

let world: World;

beforeAll(() => {
  world = theWorld();
});

const time = moment(MONTH, 5, '12:00:00');

/** A record as REST takes it. */
function usage(line: { serviceNumber: string }, bytes: number, changes: object = {}) {
  const { serviceNumber } = line;
  return {
    recordId: randomUUID(),
    serviceNumber,
    apn: 'test.iot.kr',
    startTime: time,
    bytesUp: `${bytes}`,
    ...changes,
  };
}

const report = (business: string, records: readonly object[]) =>
  world.operator.post<Report>('/v1/usage:report', { business, source: 'probe', records }, randomUUID());

const recordsOf = (lineId: string) =>
  world.operator.list<UsageRecord>(`/v1/usageRecords?lineId=${lineId}&period=${MONTH}`, 'usageRecords');

describe('IOT-6 reports', () => {
  test('IOT-6 IOT-7 usage:report answers which records it took and which not, and takes none twice', async () => {
    const { business, line } = await businessWithLine(world);
    const records = [
      usage(line, 5),
      usage(line, 7, { apn: 'other' }),
      usage({ serviceNumber: newServiceNumber() }, 1),
      usage(line, 1, { startTime: '2099-01-01T00:00:00Z' }),
      usage(line, 1, { bytesDown: '-1' }),
      usage(line, 6, { bytesDown: '100' }),
    ];
    const first = await report(business.name, [...records, records[0] ?? {}]);
    expect(counts(first.file)).toEqual({ read: 7, rated: 2, duplicate: 1, rejected: 4, late: 0 });
    expect(first.file).toMatchObject({ kind: 'USAGE_FILE_KIND_REPORT', state: 'USAGE_FILE_STATE_IMPORTED' });
    const reasons = (first.rejections ?? []).map(({ index = '0', reason }) => `${index} ${reason}`);
    expect(reasons.sort()).toEqual(['1 APN_MISMATCH', '2 UNKNOWN_LINE', '3 FUTURE', '4 MALFORMED']);
    const again = await report(business.name, records);
    expect(counts(again.file)).toEqual({ read: 6, rated: 0, duplicate: 2, rejected: 4, late: 0 });
    expect(await total(world, line)).toEqual({ bytes: 111n, records: 2 });
    expect((await recordsOf(line.id)).map(({ fileId, fileLine }) => [fileId, fileLine])).toEqual([
      [first.file.id, '1'],
      [first.file.id, '6'],
    ]);
    expect(await world.operator.get(`/v1/usageFiles/${first.file.id}`)).toEqual(first.file);
    await expect(report(business.name, [])).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });

  test("IOT-6 IOT-7 the stream ReportUsage takes the same, and files and reports know one another's records", async () => {
    const { business, line } = await businessWithLine(world);
    const inFile = record(line, 1_000);
    await upload(world.operator, business, csv([inFile]));
    const startTime = timestampFromDate(new Date(time));
    const streamed = (recordId: string) =>
      ({ recordId, serviceNumber: line.serviceNumber, apn: 'test.iot.kr', startTime, bytesUp: 1n }) as const;
    const ids = Array.from({ length: 2_000 }, () => randomUUID());
    const messages = Array.from({ length: 20 }, (_, index) => {
      const records = ids.slice(index * 100, index * 100 + 100).map(streamed);
      if (index === 7) records.push(streamed(ids[0] ?? ''), streamed(inFile.split(',')[0] ?? ''));
      const request = create(ReportUsageRequestSchema, { business: index === 0 ? business.name : '', records });
      return Buffer.from(toBinary(ReportUsageRequestSchema, request));
    });
    const { ports } = inject('mesh');
    const to = { address: `127.0.0.1:${ports.rating}`, token: await world.token('operator') };
    expect(await sendReport(messages, to)).toMatchObject({ recordsRead: 2_002n, rated: 2_000n, duplicate: 2n });
    expect(await sendReport(messages, to)).toMatchObject({ recordsRead: 2_002n, rated: 0n, duplicate: 2_002n });
    const rows = [`${ids[5]},${line.serviceNumber},test.iot.kr,${time},1,0`, inFile];
    expect(await upload(world.operator, business, csv(rows), 'later.csv')).toMatchObject({ duplicate: '2' });
    expect(await total(world, line)).toEqual({ bytes: 3_000n, records: 2_001 });
  });

  test('IOT-13 a record is replaced and cancelled by later ones that name it, in files and in reports, each once', async () => {
    const { business, line } = await businessWithLine(world);
    const [a, b, c] = [usage(line, 10), usage(line, 200), usage(line, 3_000)];
    await report(business.name, [a, b, c]);
    const row = (kind: string, corrects: string, bytes: number) => `${record(line, bytes)},${kind},${corrects}`;
    const file = Buffer.from(
      [
        `${HEADER},correction,corrects`,
        row('REPLACE', a.recordId, 15),
        row('CANCEL', b.recordId, 0),
        row('REPLACE', a.recordId, 16),
        row('CANCEL', randomUUID(), 0),
        `${record(line, 40_000)},,`,
        '',
      ].join('\n'),
    );
    const corrected = await upload(world.operator, business, file, 'corrections.csv');
    expect(corrected).toMatchObject({ rated: '3', rejectionsByReason: { UNKNOWN_RECORD: '2' }, correctedBytes: '210' });
    expect(await total(world, line)).toEqual({ bytes: 43_015n, records: 3 });
    const cancel = { correction: 'CORRECTION_KIND_CANCEL', corrects: c.recordId };
    const once = await report(business.name, [usage(line, 0, cancel), usage(line, 0, cancel)]);
    expect(once.file).toMatchObject({
      rated: '1',
      rejectionsByReason: { UNKNOWN_RECORD: '1' },
      correctedBytes: '3000',
    });
    expect(await total(world, line)).toEqual({ bytes: 40_015n, records: 2 });
    expect(await upload(world.operator, business, file, 'again.csv')).toMatchObject({ rated: '0', duplicate: '3' });
    expect(await total(world, line)).toEqual({ bytes: 40_015n, records: 2 });
    const records = await recordsOf(line.id);
    const replaced = records.find(({ recordId }) => recordId === a.recordId);
    expect(replaced).toMatchObject({ outcome: 'USAGE_OUTCOME_CORRECTED' });
    expect(records.find(({ recordId }) => recordId === replaced?.correctedBy)).toMatchObject({ corrects: a.recordId });
  });

  test('IOT-6 a hundred thousand refused records can be downloaded, each with its line', async () => {
    const { business, line } = await businessWithLine(world);
    const lines = 100_000;
    const chunks = function* () {
      yield Buffer.from(`${HEADER}\n`);
      for (let from = 0; from < lines; from += 1_000) {
        const rows = Array.from(
          { length: 1_000 },
          (_, index) => `r-${from + index},${line.serviceNumber},other,${time},1,0`,
        );
        yield Buffer.from(rows.map((row) => `${row}\n`).join(''));
      }
    };
    const path = `/v1/usageFiles?business=${business.name}&source=refused.csv`;
    const file = await world.operator.upload<UsageFile>(path, chunks());
    expect(file).toMatchObject({ rejected: String(lines), rejectionsByReason: { APN_MISMATCH: String(lines) } });
    const token = await world.token('operator');
    const answer = await request(`${world.gatewayUrl}/v1/usageFiles/${file.id}/rejections`, { token });
    expect(answer.status).toBe(200);
    const rows = answer.text.trimEnd().split('\r\n').slice(1);
    expect(rows).toHaveLength(lines);
    for (const [index, row] of rows.entries()) {
      const [number, reason] = row.split(',', 2);
      if (number !== String(index + 2) || reason !== 'APN_MISMATCH' || !row.includes(`"r-${index},`))
        throw new Error(`row ${index} is ${row}`);
    }
  });

  test('IOT-6 IOT-7 files of the drop folder are imported and moved, with reports, and know the records of uploads', async () => {
    const { business, line } = await businessWithLine(world);
    const folder = join(inject('mesh').dataDir, 'drop', business.name);
    await mkdir(folder, { recursive: true });
    const [one, two] = [record(line, 1), record(line, 20)];
    await upload(world.operator, business, csv([one]));
    await writeFile(join(folder, '.day one.csv'), csv([one, two, 'dirt']));
    await rename(join(folder, '.day one.csv'), join(folder, 'day one.csv'));
    await writeFile(join(folder, 'wrong.csv'), 'id,number\n');
    const moved = (to: string) => readdir(join(folder, to)).catch(() => []);
    await until('the files to be moved', 20_000, async () => {
      const names = [...(await moved('done')), ...(await moved('failed'))];
      return names.length === 4 ? names : undefined;
    });
    expect((await moved('done')).sort()).toEqual(['day one.csv', 'day one.csv.json']);
    const done = JSON.parse(await readFile(join(folder, 'done', 'day one.csv.json'), 'utf8'));
    expect(done).toMatchObject({ source: 'day one.csv', rated: '1', duplicate: '1', rejected: '1' });
    expect(await world.operator.get(`/v1/usageFiles/${done.id}`)).toEqual(done);
    const failed = JSON.parse(await readFile(join(folder, 'failed', 'wrong.csv.json'), 'utf8'));
    expect(failed).toMatchObject({ reason: 'USAGE_FILE_HEADER_INVALID' });
    expect(await total(world, line)).toEqual({ bytes: 21n, records: 2 });
    const path = `/v1/usageFiles?business=${business.name}&kind=USAGE_FILE_KIND_DROP`;
    const { usageFiles } = await world.operator.get<{ usageFiles: UsageFile[] }>(path);
    expect(usageFiles.map(({ recordsRead }) => count(recordsRead)).sort()).toEqual([0, 3]);
  });
});
