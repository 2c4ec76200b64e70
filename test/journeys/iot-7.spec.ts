import { beforeAll, describe, expect, test } from 'vitest';
import { count, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { csv, record, upload } from './business.ts';
import { businessWithLine, counts, deviceFleet, total } from './deviceFleet.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;

beforeAll(() => {
  world = theWorld();
});

describe('IOT-7 the same again', () => {
  test('IOT-7 the same file a second time changes nothing', async () => {
    const { business, lines, file } = await deviceFleet(world, 5_000);
    const path = `/v1/usageFiles?business=${business.name}&source=twice.csv`;
    const first = await world.operator.upload<UsageFile>(path, file().chunks);
    const before = await Promise.all(lines.map((line) => total(world, line)));
    const second = await world.operator.upload<UsageFile>(path, file().chunks);
    expect(counts(second)).toEqual({
      read: 5_000,
      rated: 0,
      duplicate: count(first.rated) + count(first.duplicate),
      rejected: count(first.rejected),
      late: 0,
    });
    expect(await Promise.all(lines.map((line) => total(world, line)))).toEqual(before);
  });

  test('IOT-7 the same records in two files at the same time are added once', async () => {
    const { business, lines, file } = await deviceFleet(world, 4_000);
    const path = `/v1/usageFiles?business=${business.name}`;
    const imports = await Promise.all([
      world.operator.upload<UsageFile>(`${path}&source=left.csv`, file().chunks),
      world.operator.upload<UsageFile>(`${path}&source=right.csv`, file().chunks),
    ]);
    const expected = file();
    for (const _ of expected.chunks); // Runs the generator, so that the expectation is final.
    expect(imports.reduce((sum, each) => sum + count(each.rated), 0)).toBe(expected.expected.rated);
    for (const line of lines) {
      expect(await total(world, line)).toEqual(expected.expected.total(line.serviceNumber));
    }
  });

  test('IOT-7 a file that is cut in the middle of a line, then the whole file', async () => {
    const { business, line } = await businessWithLine(world);
    // Cut between the digits of the last volume, so that what is left of the line looks like a sound record.
    const last = record(line, 1).replace(/,1,0$/, ',1,20000');
    const whole = csv([record(line, 100), last, record(line, 3)]);
    const cut = whole.subarray(0, whole.indexOf('20000') + 2);
    expect(counts(await upload(world.operator, business, cut, 'cut.csv')).read).toBe(2);
    await upload(world.operator, business, whole, 'whole.csv');
    expect(await total(world, line)).toEqual({ bytes: 20_104n, records: 3 });
  });

  test('IOT-7 a file without a line end at its end is whole', async () => {
    const { business, line } = await businessWithLine(world);
    const file = csv([record(line, 100), record(line, 3)]);
    const endless = file.subarray(0, -1);
    expect(await upload(world.operator, business, endless, 'endless.csv')).toMatchObject({ rated: '2' });
    expect(await upload(world.operator, business, file, 'whole.csv')).toMatchObject({ duplicate: '2' });
    expect(await total(world, line)).toEqual({ bytes: 103n, records: 2 });
  });

  test('IOT-7 an upload that breaks off half-way, then the whole file', async () => {
    const { business, lines, file } = await deviceFleet(world, 20_000);
    const chunks = [...file().chunks];
    const abort = new AbortController();
    const body = ReadableStream.from(
      (async function* () {
        yield* chunks.slice(0, Math.ceil(chunks.length / 2));
        // What came by now is committed when more comes.
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        yield* chunks.slice(Math.ceil(chunks.length / 2), -1);
        await new Promise((resolve) => setTimeout(resolve, 500));
        abort.abort();
        await new Promise(() => {});
      })(),
    );
    const path = `/v1/usageFiles?business=${business.name}&source=aborted.csv`;
    await expect(
      request(`${world.gatewayUrl}${path}`, {
        method: 'POST',
        token: await world.token('operator'),
        headers: { 'content-type': 'text/csv' },
        body,
        signal: abort.signal,
      }),
    ).rejects.toThrow();
    const failed = await until('the import to be marked FAILED', 20_000, async () => {
      const list = await world.operator.get<{ usageFiles?: UsageFile[] }>(`/v1/usageFiles?business=${business.name}`);
      return list.usageFiles?.find(({ state }) => state === 'USAGE_FILE_STATE_FAILED');
    });
    const broken = counts(failed);
    expect(broken.read).toBeGreaterThan(0);
    expect(broken.read).toBeLessThan(20_000);
    expect(broken.read).toBe(broken.rated + broken.duplicate + broken.rejected + broken.late);

    const again = file();
    const whole = await world.operator.upload<UsageFile>(path, again.chunks);
    expect(count(whole.recordsRead)).toBe(20_000);
    expect(broken.rated + count(whole.rated)).toBe(again.expected.rated);
    for (const line of lines) {
      expect(await total(world, line)).toEqual(again.expected.total(line.serviceNumber));
    }
  });

  test('IOT-7 rating is killed in the middle of an import, then the whole file', async () => {
    const { business, lines, file } = await deviceFleet(world, 20_000);
    const chunks = [...file().chunks];
    const path = `/v1/usageFiles?business=${business.name}&source=killed.csv`;
    const body = ReadableStream.from(
      (async function* () {
        yield* chunks.slice(0, Math.ceil(chunks.length / 2));
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        yield* chunks.slice(Math.ceil(chunks.length / 2), -1);
        await new Promise((resolve) => setTimeout(resolve, 500));
        await world.mesh.kill('rating', 'SIGKILL');
        yield* chunks.slice(-1);
      })(),
    );
    const headers = { 'content-type': 'text/csv' };
    const token = await world.token('operator');
    const answer = await request(`${world.gatewayUrl}${path}`, { method: 'POST', token, headers, body });
    expect(answer.status).toBe(503);
    await world.mesh.untilReady('rating');
    const again = file();
    await until('rating to take files again', 20_000, async () => {
      try {
        return await world.operator.upload<UsageFile>(path, file().chunks);
      } catch {
        return undefined;
      }
    });
    for (const _ of again.chunks);
    for (const line of lines) {
      expect(await total(world, line)).toEqual(again.expected.total(line.serviceNumber));
    }
    const importing = `/v1/usageFiles?business=${business.name}&state=USAGE_FILE_STATE_IMPORTING`;
    expect((await world.operator.get<{ usageFiles?: UsageFile[] }>(importing)).usageFiles ?? []).toEqual([]);
  });
});
