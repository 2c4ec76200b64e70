import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { count, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { HEADER } from '../../deploy/local/sample/usageFile.ts';
import { activeLine, change, csv, MONTH, moment, newServiceNumber, record, upload } from './business.ts';
import { businessWithLine, counts, deviceFleet, total } from './deviceFleet.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;

beforeAll(() => {
  world = theWorld();
});

describe('IOT-6 import', () => {
  test('IOT-6 every record ends as exactly one of rated, duplicate or rejected with a reason, and the totals are exact', async () => {
    const { business, lines, file } = await deviceFleet(world, 20_000);
    const generated = file();
    const imported = await world.operator.upload<UsageFile>(
      `/v1/usageFiles?business=${business.name}&source=dirty.csv`,
      generated.chunks,
    );
    const { expected } = generated;
    expect(imported.state).toBe('USAGE_FILE_STATE_IMPORTED');
    expect(counts(imported)).toEqual({
      read: 20_000,
      rated: expected.rated,
      duplicate: expected.duplicate,
      rejected: expected.rejected,
      late: 0,
    });
    const byReason = Object.entries(imported.rejectionsByReason ?? {}).filter(([, value]) => count(value) > 0);
    expect(Object.fromEntries(byReason.map(([reason, value]) => [reason, count(value)]))).toEqual(expected.byReason);
    expect(BigInt(imported.ratedBytes ?? '0')).toBe(expected.ratedBytes);
    for (const line of lines) {
      expect(await total(world, line)).toEqual(expected.total(line.serviceNumber));
    }
    expect(await world.operator.get(`/v1/usageFiles/${imported.id}`)).toEqual(imported);
  });

  test('IOT-6 each reason, and the refused records come back as a CSV with line number, reason and the record', async () => {
    const { business, line } = await businessWithLine(world);
    const idle = await activeLine(world.operator, {
      customerId: line.customerId,
      offeringId: business.offeringId,
      activateTime: moment(MONTH, 10),
    });
    const good = record(line, 5);
    const records = [
      good,
      record(line, 7).replace('test.iot.kr', 'internet'),
      record({ serviceNumber: newServiceNumber() }, 1),
      record(idle, 1, moment(MONTH, 9)),
      record(line, 1, '2099-01-01T00:00:00Z'),
      'a,b,c',
      good,
      `${record(line, 3)},"quoted, extra"`,
    ];
    const file = await upload(world.operator, business, csv(records));
    expect(counts(file)).toEqual({ read: 8, rated: 1, duplicate: 1, rejected: 6, late: 0 });
    expect(file.rejectionsByReason).toEqual({
      APN_MISMATCH: '1',
      UNKNOWN_LINE: '1',
      LINE_NOT_ACTIVE: '1',
      FUTURE: '1',
      MALFORMED: '2',
    });
    expect(await total(world, line)).toEqual({ bytes: 5n, records: 1 });

    const token = await world.token('operator');
    const answer = await request(`${world.gatewayUrl}/v1/usageFiles/${file.id}/rejections`, { token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    const rows = answer.text.trimEnd().split(/\r?\n/);
    expect(rows[0]).toBe('line,reason,detail,record');
    expect(rows.slice(1).map((row) => row.split(',').slice(0, 2))).toEqual([
      ['3', 'APN_MISMATCH'],
      ['4', 'UNKNOWN_LINE'],
      ['5', 'LINE_NOT_ACTIVE'],
      ['6', 'FUTURE'],
      ['7', 'MALFORMED'],
      ['9', 'MALFORMED'],
    ]);
    expect(rows[5]).toContain('"a,b,c"');
  });

  test('IOT-6 times with any offset mean the same instant; the month is the one in Seoul', async () => {
    const { business, line } = await businessWithLine(world);
    const start = new Date(moment(MONTH, 1)).getTime();
    const before = new Date(start - 1000).toISOString().replace('.000', '');
    const first = new Date(start).toISOString().replace('.000', '');
    const file = await upload(
      world.operator,
      business,
      csv([record(line, 1, moment(MONTH, 1)), record(line, 10, first), record(line, 100, before)]),
    );
    // The line is in service since the month's first instant, and no sooner.
    expect(file).toMatchObject({ rated: '2', rejectionsByReason: { LINE_NOT_ACTIVE: '1' } });
    expect(await total(world, line)).toEqual({ bytes: 11n, records: 2 });
  });

  test('IOT-6 usage counts while the line is in service, and is refused while it is suspended or terminated', async () => {
    const { business, line } = await businessWithLine(world);
    await change(world.operator, line.id, 'suspend', moment(MONTH, 10));
    await change(world.operator, line.id, 'resume', moment(MONTH, 12));
    await change(world.operator, line.id, 'terminate', moment(MONTH, 20));
    const file = await upload(
      world.operator,
      business,
      csv([9, 10, 11, 12, 19, 20, 21].map((day) => record(line, 1, moment(MONTH, day)))),
    );
    expect(file).toMatchObject({ rated: '3', rejected: '4', rejectionsByReason: { LINE_NOT_ACTIVE: '4' } });
  });

  test('IOT-6 gzip is read like plain text, Windows line ends like others', async () => {
    const { business, line } = await businessWithLine(world);
    const zipped = await upload(world.operator, business, gzipSync(csv([record(line, 1), record(line, 2)])));
    expect(zipped).toMatchObject({ rated: '2' });
    const windows = Buffer.from(`${HEADER}\r\n${record(line, 4)}\r\n${record(line, 8)}\r\n`);
    expect(await upload(world.operator, business, windows)).toMatchObject({ rated: '2' });
    expect(await total(world, line)).toEqual({ bytes: 15n, records: 4 });
  });

  test('IOT-6 progress can be watched while the file is being sent', async () => {
    const { business, line } = await businessWithLine(world);
    let watched = false;
    let sent = 0;
    const body = ReadableStream.from(
      (async function* () {
        yield Buffer.from(`${HEADER}\n`);
        while (!watched) {
          const records = Array.from({ length: 1_000 }, () => `${record(line, 1)}\n`);
          sent += records.length;
          yield Buffer.from(records.join(''));
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })(),
    );
    const sending = request(`${world.gatewayUrl}/v1/usageFiles?business=${business.name}&source=slow.csv`, {
      method: 'POST',
      token: await world.token('operator'),
      headers: { 'content-type': 'text/csv' },
      body,
    });
    const seen = await until('the import to show progress', 15_000, async () => {
      const path = `/v1/usageFiles?business=${business.name}&state=USAGE_FILE_STATE_IMPORTING`;
      const [file] = (await world.operator.get<{ usageFiles?: UsageFile[] }>(path)).usageFiles ?? [];
      return count(file?.recordsRead) > 0 ? file : undefined;
    });
    expect(count(seen.recordsRead)).toBe(count(seen.rated));
    watched = true;
    expect(JSON.parse((await sending).text)).toMatchObject({ state: 'USAGE_FILE_STATE_IMPORTED', rated: String(sent) });
  });
});
