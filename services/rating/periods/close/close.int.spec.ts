import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { PeriodClosedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import { ClosePeriodRequestSchema } from '#proto/rating/v1/period_service';
import type { Database } from '#shared/database/database';
import type { CallContext, Command } from '#shared/rpc/context';
import { clock, csv, pieces, seedLine, timeZone, type World, world } from '../../testing/world.ts';
import { periodService } from '../rpc/periodService.ts';
import { nextClosing } from '../store/closing.ts';
import { stepClose } from './stepClose.ts';

const program = fileURLToPath(new URL('../../testing/closeMonth.ts', import.meta.url));
const report = async () => {};
const month = { business: 'iot', period: '2026-11' };

function closing(database: Database) {
  const { handlers } = periodService({ database, clock, timeZone, report });
  const { inTransaction } = handlers.closePeriod as Command<DescMessage, DescMessage>;
  const getPeriod = handlers.getPeriod as (request: unknown, context: CallContext) => Promise<unknown>;
  const context = {} as CallContext;
  return {
    close: (request: { business: string; period: string }) =>
      database.transaction((tx) => inTransaction(create(ClosePeriodRequestSchema, request), tx, context)),
    get: () => getPeriod(month, context),
  };
}

async function importRecords(at: World, records: string[]) {
  return at.imports().run({ business: 'iot', source: '', pieces: pieces(csv(records)) });
}

const record = (id: string, index: number) =>
  `${id},0120000${String(index).padStart(4, '0')},iot.kr,2026-11-10T00:00:00Z,${index},1`;

async function seedLines(at: World, count: number) {
  for (let index = 0; index < count; index++) {
    await seedLine(at.database, {
      id: `line-${String(index).padStart(5, '0')}`,
      number: `0120000${String(index).padStart(4, '0')}`,
    });
  }
}

async function step({ database }: World): Promise<boolean> {
  const no = await nextClosing(database);
  if (no === undefined) return false;
  await stepClose(no, { database, clock, timeZone, report, linesPerBatch: 500 });
  return true;
}

async function events({ database }: World) {
  const { rows } = await database.query("select type, body from outbox where aggregate = 'period' order by time, id");
  const bodyOf = (type: string) => rows.filter((row) => row.type.endsWith(type)).map((row) => row.body as Buffer);
  return {
    moved: bodyOf('UsageMoved').map((body) => fromBinary(UsageMovedSchema, body)),
    closed: bodyOf('PeriodClosed').map((body) => fromBinary(PeriodClosedSchema, body)),
  };
}

describe('closing a month', () => {
  it('IOT-8 hands every line over exactly once, in order, with and without usage', async () => {
    await using at = await world();
    await seedLines(at, 1_203);
    await seedLine(at.database, { id: 'not-yet', number: 'n1', active: [{ start: new Date('2026-12-05') }] });
    const ended = [{ start: new Date('2026-09-01'), end: new Date('2026-10-31T15:00:00Z') }];
    await seedLine(at.database, { id: 'ended', number: 'n2', active: ended });
    await importRecords(at, [record('a', 0), record('b', 1_202), record('c', 1_202)]);
    const { close, get } = closing(at.database);
    expect(await get()).toMatchObject({ state: 1, lines: 1_203n, moved: 0n });
    expect(await close(month)).toMatchObject({ state: 2, lines: 1_203n, moved: 0n });

    expect(await importRecords(at, [record('d', 5)])).toMatchObject({ late: 1n });
    // The snapshot, the comparison of the books, and the first batch.
    for (let steps = 0; steps < 3; steps++) await step(at);
    expect(await get()).toMatchObject({ state: 2, lines: 1_203n, moved: 500n });
    while (await step(at));
    expect(await get()).toMatchObject({ state: 3, lines: 1_203n, moved: 1_203n, movedBytes: 2_407n });
    // Closing again answers with the same month and changes nothing.
    expect(await close(month)).toMatchObject({ state: 3, moved: 1_203n });
    expect(await step(at)).toBe(false);

    const { moved, closed } = await events(at);
    const lines = moved.flatMap((event) => event.lines);
    expect(lines.map(({ lineId }) => lineId)).toEqual(
      Array.from({ length: 1_203 }, (_, index) => `line-${String(index).padStart(5, '0')}`),
    );
    expect(lines.at(-1)).toMatchObject({
      totals: [{ metric: 'bytes', quantity: '2406' }],
      portions: [],
      records: 2n,
    });
    expect(closed).toHaveLength(1);
    expect(closed[0]).toMatchObject({
      periodId: 'iot-2026-11',
      lines: 1_203n,
      usageBytes: 2_407n,
      offerings: [{ offeringId: 'offering-1', lines: 1_203n, usageBytes: 2_407n }],
    });
  });

  it('IOT-8 counts a batch of usage wholly before the close or wholly as late', async () => {
    await using at = await world();
    await seedLines(at, 20);
    const records = Array.from({ length: 6_000 }, (_, index) => record(`r${index}`, index % 20));
    const imports = at.imports({ limits: { bytes: 256 * 1024, records: 200 } });
    async function* slowly() {
      for await (const piece of pieces(csv(records), 16 * 1024)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield piece;
      }
    }
    const running = imports.run({ business: 'iot', source: '', pieces: slowly() });
    await expect
      .poll(async () => (await at.database.query('select rated from usage_files')).rows[0]?.rated ?? 0n)
      .toBeGreaterThan(0n);
    await closing(at.database).close(month);
    while (await step(at));
    const file = await running;
    expect(file.rated + file.late).toBe(6_000n);
    expect(file.late).toBeGreaterThan(0n);
    const { moved } = await events(at);
    const records_ = moved.flatMap(({ lines }) => lines).reduce((sum, line) => sum + line.records, 0n);
    expect(records_).toBe(file.rated);
  });

  it('refuses a month that has not begun, and a business without lines', async () => {
    await using at = await world();
    await seedLines(at, 1);
    const { close } = closing(at.database);
    await expect(close({ business: 'iot', period: '2026-12' })).rejects.toMatchObject({ reason: 'PERIOD_NOT_STARTED' });
    await expect(close({ business: 'shop', period: '2026-11' })).rejects.toMatchObject({ reason: 'PERIOD_NOT_FOUND' });
    expect((await at.database.query('select 1 from periods')).rows).toEqual([]);
  });

  it.each(['outbox.before-commit@1', 'outbox.before-commit@2', 'outbox.before-commit@3'])(
    'IOT-8 goes on after a kill at %s, and hands over each line once',
    async (killAt) => {
      await using at = await world();
      await seedLines(at, 1_010);
      await importRecords(at, [record('a', 3), record('b', 1_009)]);
      await closing(at.database).close(month);
      const run = (environment: Record<string, string>) =>
        promisify(execFile)(process.execPath, [program, at.url], { env: { ...process.env, ...environment } });
      await expect(run({ JANGBU_KILL_AT: killAt })).rejects.toMatchObject({ signal: 'SIGKILL' });
      await run({});
      const { moved, closed } = await events(at);
      const ids = moved.flatMap(({ lines }) => lines.map(({ lineId }) => lineId));
      expect(ids).toHaveLength(1_010);
      expect(new Set(ids).size).toBe(1_010);
      expect(closed).toMatchObject([{ lines: 1_010n, usageBytes: 1_014n }]);
    },
  );

  it('two workers at once do not move a line twice', async () => {
    await using at = await world();
    await seedLines(at, 1_100);
    await closing(at.database).close(month);
    const work = async () => {
      while (await step(at));
    };
    await Promise.all([work(), work(), work()]);
    const { moved, closed } = await events(at);
    expect(new Set(moved.flatMap(({ lines }) => lines.map(({ lineId }) => lineId))).size).toBe(1_100);
    expect(moved.flatMap(({ lines }) => lines)).toHaveLength(1_100);
    expect(closed).toHaveLength(1);
  });
});
