import { describe, expect, it } from 'vitest';
import { UsageMovedSchema } from '#proto/rating/v1/events';
import { Database } from '#shared/database/database';
import { clock, timeZone } from '../../testing/world.ts';
import { nextClosing } from '../store/closing.ts';
import { at, MonthWorld, report } from '../testing/monthWorld.ts';
import { stepClose, type UnderWay } from './stepClose.ts';

const data = { name: 'data', metric: 'bytes', model: { case: 'perUnit' as const, value: { unitPrice: '1' } } };
const stepped = { ...data, increment: '100' };

/** Lines by customer; the ids say in which order they were made. */
async function lines(on: MonthWorld, customers: Record<string, string[]>, tariffId = 'plain'): Promise<void> {
  for (const [customer, ids] of Object.entries(customers)) {
    for (const id of ids) await on.line(id, tariffId);
    await on.database.query('update rating_accounts set customer_id = $1 where line_id = any($2)', [customer, ids]);
  }
}

/** Goes on to the end, each step by a process of its own or all by one. */
async function handOver(on: MonthWorld, linesPerBatch: number, under?: UnderWay): Promise<void> {
  for (let no = await nextClosing(on.database); no !== undefined; no = await nextClosing(on.database)) {
    await stepClose(no, { database: on.database, clock, timeZone, report, linesPerBatch }, under ?? {});
  }
}

async function batches(on: MonthWorld) {
  return (await on.events(UsageMovedSchema)).map(({ batch, lines: own }) => ({
    batch,
    lines: own.map(({ lineId }) => lineId).join(' '),
    customers: own.map(({ customerId }) => customerId || '-').join(' '),
  }));
}

describe('the hand-over of a month', () => {
  it.each([
    ['by one process', () => ({})],
    ['each step by a process of its own', () => undefined],
  ])('IOT-8 comes in the order of customer and line, whole customers in a batch, %s', async (_name, under) => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [data]);
    // B comes before a, byte by byte; e has more lines than a batch.
    await lines(on, {
      a: ['04', '01'],
      B: ['03'],
      c: ['02', '09'],
      d: ['05'],
      e: ['10', '11', '12', '13', '14'],
      f: ['06'],
    });
    await on.lock();
    await handOver(on, 3, under());
    expect(await batches(on)).toEqual([
      { batch: 1, lines: '03 01 04', customers: 'B a -' },
      { batch: 2, lines: '02 09 05', customers: 'c - d' },
      { batch: 3, lines: '10 11 12', customers: 'e - -' },
      { batch: 4, lines: '13 14 06', customers: 'e - f' },
    ]);
    expect(await on.closed()).toMatchObject([{ lines: 12n }]);
  });

  it('IOT-8 loses and doubles no line between processes of two versions, which cut batches in different places', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [data]);
    const ids = Array.from({ length: 23 }, (_, place) => String(place + 10));
    await lines(on, { a: ids });
    await on.lock();
    const { database } = on;
    const processes = [2, 3].map((linesPerBatch) => ({ linesPerBatch, under: {} }));
    for (let no = await nextClosing(database); no !== undefined; no = await nextClosing(database)) {
      const closing = no;
      // Both make a batch of the same number ready, and one of them comes too late with it.
      await Promise.all(
        processes.map(({ linesPerBatch, under }) =>
          stepClose(closing, { database, clock, timeZone, report, linesPerBatch }, under),
        ),
      );
    }
    const handedOver = (await on.events(UsageMovedSchema)).flatMap(({ lines: own }) => own.map(({ lineId }) => lineId));
    expect(handedOver).toEqual(ids);
    expect(await on.closed()).toMatchObject([{ lines: 23n }]);
  });

  it('IOT-8 ends over three connections, which are fewer than a service has', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [data]);
    await lines(on, { a: ['01', '02'] });
    await on.use(on.record('01', at(3), 5));
    await on.lock();
    await using database = new Database(on.world.url, { connections: 3 });
    for (let no = await nextClosing(database); no !== undefined; no = await nextClosing(database)) {
      await stepClose(no, { database, clock, timeZone, report });
    }
    expect(await on.closed()).toMatchObject([{ lines: 2n }]);
  });

  it('IOT-9 says by what a line is priced, how long it was in service, and what it used, to the last byte', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [data]);
    await on.tariff('steps', [stepped]);
    await on.version('plain', at(1), [data]);
    await lines(on, { a: ['01', '02', '03', '04'], b: ['05'] });
    await lines(on, { b: ['06'] }, 'steps');
    await on.line('07', 'plain', { action: 'SUSPEND', effectiveTime: at(11) });
    await on.line('08', 'plain', { action: 'SUSPEND', effectiveTime: new Date('2026-02-01') });
    const most = Number.MAX_SAFE_INTEGER;
    await on.use(
      ...[
        on.record('01', at(3), 5),
        on.record('02', at(3), most),
        on.record('02', at(4), most),
        on.record('06', at(4), 7),
      ],
    );
    const open = await on.preview();
    await on.lock();
    await handOver(on, 100);
    const [moved] = await on.events(UsageMovedSchema);
    const since = { seconds: BigInt(at(1).getTime() / 1000) };
    expect(moved?.plans).toMatchObject([{ offeringId: 'plain-offering', tariffId: 'plain', tariffVersion: since }]);
    expect(
      moved?.lines.map(({ lineId, totals, records, plan, activeDays, portions }) => [
        ...[lineId, totals.find(({ metric }) => metric === 'bytes')?.quantity, records, plan, activeDays],
        portions.length,
      ]),
    ).toEqual([
      ['01', '5', 1n, 1, 30, 0],
      ['02', String(2n * BigInt(most)), 2n, 1, 30, 0],
      ['03', '0', 0n, 1, 30, 0],
      ['04', '0', 0n, 1, 30, 0],
      ['05', '0', 0n, 1, 30, 0],
      ['06', '7', 1n, 0, 0, 1],
      ['07', '0', 0n, 1, 10, 0],
    ]);
    expect(await on.closed()).toMatchObject([
      {
        lines: 7n,
        usageBytes: 2n * BigInt(most) + 12n,
        offerings: [
          { offeringId: 'plain-offering', lines: 6n, usageBytes: 2n * BigInt(most) + 5n },
          { offeringId: 'steps-offering', lines: 1n, usageBytes: 7n },
        ],
      },
    ]);
    expect((await on.preview()).linePreviews).toEqual(open.linePreviews);
    expect((await on.database.query('select count(*)::int as rows from period_lines')).rows).toEqual([{ rows: 0 }]);
  });

  it('IOT-8 hands over usage of a line that was not in service, with the totals of the lock, whatever comes since', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [data]);
    await lines(on, { a: ['01', '02'] });
    await on.use(on.record('01', at(3), 5), on.record('02', at(3), 6));
    // An activation that is taken back leaves what was rated meanwhile.
    await on.database.query("update rating_accounts set active = '{}', open = false where line_id = '02'");
    await on.lock();
    const under: UnderWay = {};
    const no = (await nextClosing(on.database)) ?? 0;
    const options = { database: on.database, clock, timeZone, report, linesPerBatch: 1 };
    for (let step = 0; step < 3; step++) await stepClose(no, options, under);
    await on.use(on.record('02', at(5), 100));
    await on.version('plain', at(2), [{ ...data, name: 'other' }]);
    await lines(on, { a: ['03'] });
    await handOver(on, 1);
    const moved = await on.moved();
    expect(moved.map(({ lineId, totals, activeDays }) => [lineId, totals[0]?.quantity, activeDays])).toEqual([
      ['01', '5', 30],
      ['02', '6', 0],
    ]);
    const plans = (await on.events(UsageMovedSchema)).flatMap(({ plans: used }) => used);
    expect(plans.map(({ tariffVersion }) => tariffVersion)).toEqual([undefined, undefined]);
  });
});
