import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { MovedLine } from '#proto/rating/v1/events';
import { at, MonthWorld } from '../testing/monthWorld.ts';

const fee = (amount: string) =>
  ({
    name: 'fee',
    model: { case: 'recurring', value: { amount, proration: 1 } },
  }) as const;
const data = (unitPrice: string, extra: object = {}) =>
  ({
    name: 'data',
    metric: 'bytes',
    model: { case: 'perUnit', value: { unitPrice } },
    ...extra,
  }) as const;
const program = fileURLToPath(new URL('../../testing/closeMonth.ts', import.meta.url));
const night = { from: '22:00', to: '06:00' };

function portionsOf(line: MovedLine | undefined) {
  return line?.portions.map(({ tariffId, firstDay, lastDay, activeDays, totals, counted }) => ({
    tariffId,
    days: [firstDay, lastDay, activeDays],
    used: totals.map(({ quantity }) => quantity),
    counted: Object.fromEntries(counted.map(({ component, quantity }) => [component, quantity])),
  }));
}

const amountOf = ({ amount }: { amount?: { amount: string } | undefined }) => Number(amount?.amount);

describe('the portions of a month', () => {
  it('IOT-9 a version that begins in mid-month prices what is used from then on; the line has a portion for each', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plan', [fee('3000'), data('1')]);
    await on.version('plan', at(11), [fee('6000'), data('2')]);
    await on.line('0101', 'plan');
    await on.use(on.record('0101', at(10, '23:59'), 100), on.record('0101', at(11), 10), on.record('0101', at(20), 1));

    const preview = await on.preview();
    await on.close();
    expect(portionsOf((await on.moved())[0])).toEqual([
      { tariffId: 'plan', days: [1, 10, 10], used: ['100', '1'], counted: {} },
      { tariffId: 'plan', days: [11, 30, 20], used: ['11', '2'], counted: {} },
    ]);
    // 3000 × 10/30 + 100 × 1, and 6000 × 20/30 + 11 × 2.
    expect(preview.linePreviews.map(amountOf)).toEqual([1_000 + 100 + 4_000 + 22]);
    expect(
      preview.linePreviews[0]?.charges.map((charge) => [charge.component, charge.firstDay, amountOf(charge)]),
    ).toEqual([
      ['fee', 1, 1_000],
      ['data', 1, 100],
      ['fee', 11, 4_000],
      ['data', 11, 22],
    ]);
  });

  it('IOT-9 a version dated back into the open month just works, and one dated into a closed month leaves what it was closed with', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plan', [fee('3000'), data('1')]);
    await on.line('0101', 'plan');
    await on.use(on.record('0101', at(3), 100));
    await on.version('plan', at(2), [data('5')]);
    expect((await on.preview()).linePreviews.map(amountOf)).toEqual([100 + 500]);
    await on.close();
    await on.version('plan', at(3), [data('7')]);
    const { linePreviews, charges, period } = await on.preview();
    expect(period).toMatchObject({ state: 3, moved: 1n });
    expect(linePreviews.map(amountOf)).toEqual([600]);
    expect(charges).toMatchObject([{ currency: 'KRW', amount: '600' }]);
  });

  it('IOT-9 a line that gets another offering in mid-month is charged by each for its own time', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('small', [fee('3000'), data('10', { allowance: '3' })]);
    await on.tariff('large', [fee('9000'), data('1', { allowance: '300' })]);
    const change = {
      action: 'CHANGE_OFFERING',
      effectiveTime: at(11),
      offeringId: 'large-offering',
      tariffId: 'large',
    } as const;
    await on.line('0101', 'small', change);
    await on.line('0102', 'small', { action: 'SUSPEND', effectiveTime: at(6, '12:00') });
    await on.use(on.record('0101', at(10), 5), on.record('0101', at(15), 250), on.record('0102', at(1), 31));
    await on.close();
    const moved = await on.moved();
    expect(portionsOf(moved[0])).toEqual([
      { tariffId: 'small', days: [1, 10, 10], used: ['5', '1'], counted: {} },
      { tariffId: 'large', days: [11, 30, 20], used: ['250', '1'], counted: {} },
    ]);
    expect(moved[1]).toMatchObject({
      lineId: '0102',
      portions: [],
      records: 1n,
      totals: [{ metric: 'bytes', quantity: '31' }],
    });
    // 3000 × 10/30 + (5 − 3 × 10/30) × 10 + 9000 × 20/30 + (250 − 300 × 20/30) × 1; 3000 × 6/30 + (31 − 3) × 10.
    expect((await on.preview()).linePreviews.map(amountOf)).toEqual([1_000 + 40 + 6_000 + 50, 600 + 280]);
    // Settlement compares by the offering that a line had at the month's end.
    expect(await on.closed()).toMatchObject([
      {
        lines: 2n,
        offerings: [
          { offeringId: 'large-offering', usageBytes: 255n },
          { offeringId: 'small-offering', usageBytes: 31n },
        ],
      },
    ]);
  });

  it('IOT-9 increments and times of day are counted record by record', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plan', [
      { ...data('1', { increment: '100' }), name: 'whole' },
      { ...data('3', { increment: '100', timeOfDay: night }), name: 'night' },
      {
        name: 'connections',
        metric: 'events',
        model: { case: 'perUnit', value: { unitPrice: '7' } },
        timeOfDay: night,
      },
    ]);
    await on.line('0101', 'plan');
    await on.use(
      on.record('0101', at(3, '12:00'), 101),
      on.record('0101', at(3, '22:00'), 1),
      on.record('0101', at(4, '05:59'), 200),
      on.record('0101', at(4, '06:00'), 0),
    );
    const preview = await on.preview();
    await on.close();
    expect(portionsOf((await on.moved())[0])).toEqual([
      {
        tariffId: 'plan',
        days: [1, 30, 30],
        used: ['302', '4'],
        counted: { whole: '500', night: '300', connections: '2' },
      },
    ]);
    expect(preview.linePreviews.map(amountOf)).toEqual([500 + 900 + 14]);
    expect((await on.preview()).linePreviews).toEqual(preview.linePreviews);
  });

  it('IOT-9 a month shows the same line by line and page by page, and the totals are those of all lines', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plain', [fee('3000'), data('1')]);
    await on.tariff('steps', [data('1', { increment: '10' })]);
    await on.tariff('dollars', [data('0.01')], 'USD');
    const lines = ['plain', 'steps', 'dollars'].flatMap((tariff) =>
      [1, 2, 3].map((n) => [`0${n}-${tariff}`, tariff] as const),
    );
    for (const [id, tariff] of lines) await on.line(id, tariff);
    await on.use(...lines.map(([id], index) => on.record(id, at(5), 1 + index)));
    const all = await on.preview();
    expect(all).toMatchObject({ lines: 9n, usageBytes: 45n, nextPageToken: '', faults: [] });
    // 1 + 2 + 3 and three fees; 10 + 10 + 10 for 4, 5 and 6; 0.07 + 0.08 + 0.09.
    expect(all.charges).toMatchObject([
      { currency: 'KRW', amount: String(6 + 9_000 + 30) },
      { currency: 'USD', amount: '0.24' },
    ]);
    const paged = [];
    for (let pageToken = ''; ; ) {
      const page = await on.preview({ pageSize: 2, pageToken });
      expect(page).toMatchObject({ lines: 9n, usageBytes: 45n, charges: all.charges });
      paged.push(...page.linePreviews);
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(paged).toEqual(all.linePreviews);
    expect((await on.preview({ lineId: paged[4]?.lineId ?? '' })).linePreviews).toEqual([paged[4]]);
    await expect(on.preview({ lineId: 'nothing' })).rejects.toMatchObject({ reason: 'LINE_NOT_FOUND' });
    await on.close();
    expect((await on.preview()).linePreviews).toEqual(all.linePreviews);
    expect((await on.preview()).charges).toEqual(all.charges);
  });

  it.each([1, 2, 3, 4, 5])(
    'IOT-8 IOT-9 a process killed after step %i of a close hands over the same portions, each line once',
    async (steps) => {
      await using on = await MonthWorld.open();
      await on.tariff('plan', [data('1', { increment: '100' })]);
      await on.tariff('plain', [data('1')]);
      for (let n = 10; n < 30; n++) await on.line(`01${n}`, n % 2 === 0 ? 'plan' : 'plain');
      await on.use(...Array.from({ length: 20 }, (_, n) => on.record(`01${n + 10}`, at(5), n)));
      await on.lock();
      const run = (environment: Record<string, string>) =>
        promisify(execFile)(process.execPath, [program, on.world.url], { env: { ...process.env, ...environment } });
      await expect(run({ JANGBU_KILL_AT: `period.after-step@${steps}` })).rejects.toMatchObject({ signal: 'SIGKILL' });
      await run({});
      const moved = await on.moved();
      expect(moved.map(({ lineId }) => lineId)).toEqual(Array.from({ length: 20 }, (_, n) => `01${n + 10}`));
      expect(moved.map(({ portions }) => portions[0]?.counted[0]?.quantity)).toEqual(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? (n === 0 ? '0' : '100') : undefined)),
      );
      expect(await on.closed()).toMatchObject([{ lines: 20n, usageBytes: 190n }]);
    },
  );
});
