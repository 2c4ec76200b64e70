import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LineChangeAbandonedSchema,
  type LineChangeRequested,
  LineChangeRequestedSchema,
} from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { AllowanceThresholdReachedSchema, SpendingLimitReachedSchema } from '#proto/rating/v1/events';
import { TariffSchema } from '#proto/rating/v1/tariff';
import type { Handler } from '#shared/inbox/consumer';
import { onLineChangeAbandoned } from '../consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from '../consumers/lineChangeRequested.ts';
import { insertTariff, updateTariff } from '../tariffs/store/tariffs.ts';
import { clock, csv, log, now, pieces, timeZone, type World, world } from '../testing/world.ts';
import { usageUpkeep } from '../usage/import/upkeep.ts';
import { lookAtRecords, lookAtTotals } from './workers.ts';

const day = 86_400_000;
const data = (unitPrice: string, more: object = {}) => ({
  name: 'data',
  metric: 'bytes',
  model: { case: 'perUnit', value: { unitPrice } },
  ...more,
});
const fee = { name: 'fee', model: { case: 'recurring', value: { amount: '5000' } } };

let rating: World;
beforeEach(async () => {
  rating = await world();
});
afterEach(() => rating[Symbol.asyncDispose]());

async function tariff(...versions: object[]) {
  const init = { id: 'tariff', displayName: 'tariff', currency: 'KRW', versions };
  const proto = create(TariffSchema, init as MessageInitShape<typeof TariffSchema>);
  await rating.database.transaction((tx) =>
    versions.length === 1 ? insertTariff(tx, proto, now) : updateTariff(tx, proto),
  );
}

async function handle(handler: Handler, event: LineChangeRequested | object) {
  const envelope = { id: '', type: '', time: now, subject: '', source: 'ordering', sequence: 0n };
  await rating.database.transaction((tx) => handler.handle(event as LineChangeRequested, tx, envelope));
}

/** An order's change of a line, with the limit that its offering sets. */
async function order(line: string, orderId: string, action: OrderAction, limit?: number, suspend = false) {
  await handle(
    onLineChangeRequested(timeZone),
    create(LineChangeRequestedSchema, {
      orderId,
      action,
      tariffId: 'tariff',
      offeringId: action === OrderAction.CHANGE_OFFERING ? `offering of ${orderId}` : '',
      line: { id: line, business: 'meters', customerId: 'c', offeringId: 'o', serviceNumber: line, apn: 'a' },
      effectiveTime: timestampFromDate(new Date(now.getTime() - 10 * day)),
      ...(limit && { spendingLimit: { amount: { currency: 'KRW', amount: String(limit) }, suspend } }),
    }),
  );
}
const activate = (line: string, limit?: number, suspend = false) =>
  order(line, `activate ${line}`, OrderAction.ACTIVATE, limit, suspend);

let files = 0;
/** Imports records, so many bytes each, and lets the workers see to them. */
async function use(line: string, sizes: number[], { at = now, ids = '' } = {}) {
  files += 1;
  const time = new Date(at.getTime() - 60_000).toISOString();
  const records = sizes.map((bytes, index) => `${ids || files}-${index},${line},a,${time},0,${bytes}`);
  await rating.imports().run({ business: 'meters', source: 'file', pieces: pieces(csv(records)) });
  await settle();
}

async function settle() {
  await usageUpkeep(rating.database, clock, log).run(new AbortController().signal);
  const options = { database: rating.database, clock, timeZone, log };
  while ((await rating.database.transaction((tx) => lookAtTotals(tx, options))) === 'more');
  while ((await rating.database.transaction((tx) => lookAtRecords(tx, options))) === 'more');
}

async function events(name: string): Promise<Buffer[]> {
  const { rows } = await rating.database.query<{ body: Buffer }>(
    "select body from outbox where type like '%.' || $1 order by position",
    [name],
  );
  return rows.map(({ body }) => body);
}
const shares = async () =>
  (await events('AllowanceThresholdReached')).map((body) => {
    const { lineId, component, percent, used } = fromBinary(AllowanceThresholdReachedSchema, body);
    return `${lineId} ${component} ${percent}: ${used}`;
  });
const limits = async () =>
  (await events('SpendingLimitReached')).map((body) => {
    const { lineId, spent, limit, suspend } = fromBinary(SpendingLimitReachedSchema, body);
    return `${lineId} ${spent?.amount} of ${limit?.amount}${suspend ? ', suspend' : ''}`;
  });

describe('shares of an allowance', () => {
  it('IOT-9 are told once each in a month, also when the file is sent again', async () => {
    await tariff({ components: [fee, data('1', { allowance: '1000' })] });
    await activate('one');
    await use('one', [499]);
    expect(await shares()).toEqual([]);
    await use('one', [1], { ids: 'fifty' });
    expect(await shares()).toEqual(['one data 50: 500']);
    await use('one', [1], { ids: 'fifty' });
    await use('one', [299]);
    expect(await shares()).toEqual(['one data 50: 500']);
    await use('one', [201]);
    await use('one', [5_000]);
    expect(await shares()).toEqual(['one data 50: 500', 'one data 80: 1000', 'one data 100: 1000']);
    const [body] = await events('AllowanceThresholdReached');
    expect(fromBinary(AllowanceThresholdReachedSchema, body ?? Buffer.alloc(0))).toMatchObject({
      customerId: 'c',
      serviceNumber: 'one',
      business: 'meters',
      period: '2026-11',
      allowance: '1000',
      metric: 'bytes',
    });
  });

  it('IOT-9 are those of each component, and of records as well as of bytes', async () => {
    const calls = {
      name: 'records',
      metric: 'events',
      allowance: '4',
      model: { case: 'perUnit', value: { unitPrice: '1' } },
    };
    await tariff({ components: [data('1', { allowance: '0.5' }), calls] });
    await activate('one');
    await use('one', [0, 0]);
    expect(await shares()).toEqual(['one records 50: 2']);
    await use('one', [1, 0]);
    const later = (await shares()).slice(1);
    expect(later).toEqual([
      'one data 50: 1',
      'one data 80: 1',
      'one data 100: 1',
      'one records 80: 4',
      'one records 100: 4',
    ]);
  });

  it('IOT-9 begin anew with each month, and count by the version in force', async () => {
    const before = { components: [data('1', { allowance: '1000' })] };
    await tariff(before);
    await activate('one');
    await use('one', [600], { at: new Date('2026-11-12T00:00:00Z') });
    const since = timestampFromDate(new Date('2026-11-15T00:00:00Z'));
    await tariff(before, { components: [data('1', { allowance: '10000' })], effectiveTime: since });
    await use('one', [300]);
    expect(await shares()).toEqual(['one data 50: 600']);
    const { rows } = await rating.database.query('select percent from allowance_thresholds');
    expect(rows).toHaveLength(1);
  });

  it('IOT-9 of thousands of lines at once are all told', async () => {
    await tariff({ components: [data('1', { allowance: '100' })] });
    await activate('first');
    await rating.database.query(
      `insert into rating_accounts (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
       select 'line ' || n, business_no, 'c', 'o', 'tariff', 'n' || n, 'a', true, active, revision
       from rating_accounts, generate_series(1, 20000) as n`,
    );
    await use('first', [60]);
    await rating.database.query(
      `insert into usage_totals (period_no, account_no, bytes, records)
       select period_no, no, 80, 1 from usage_totals, rating_accounts where line_id like 'line %'`,
    );
    await settle();
    expect(await shares()).toHaveLength(1 + 2 * 20_000);
  });
});

describe('spending limits', () => {
  it('IOT-9 are told once in a month, by usage and not by fees', async () => {
    await tariff({ components: [fee, data('2', { allowance: '100' })] });
    await activate('one', 1_000, true);
    await use('one', [599]);
    expect(await limits()).toEqual([]);
    await use('one', [1]);
    expect(await limits()).toEqual(['one 1000 of 1000, suspend']);
    await use('one', [500]);
    expect(await limits()).toHaveLength(1);
  });

  it('IOT-9 are told by what is inside the time of day only, and by increments', async () => {
    const night = { from: '22:00', to: '06:00', days: [], timeZone: '' };
    await tariff({ components: [data('2', { timeOfDay: night, increment: '10' })] });
    await activate('one', 1_000);
    await use('one', [5_000], { at: new Date('2026-11-20T03:00:00Z') });
    expect(await limits()).toEqual([]);
    await use('one', [491], { at: new Date('2026-11-20T15:00:00Z') });
    expect(await limits()).toEqual(['one 1000 of 1000']);
  });

  it('IOT-9 follow the line’s orders, and an order that failed takes its limit along', async () => {
    await tariff({ components: [data('1')] });
    await activate('one', 100);
    await activate('two');
    await order('one', 'change one', OrderAction.CHANGE_OFFERING, 500);
    await order('two', 'change two', OrderAction.CHANGE_OFFERING, 50);
    const failed = { orderId: 'change two', lineId: 'two', reason: 'SAGA_TIMED_OUT' };
    await handle(onLineChangeAbandoned, create(LineChangeAbandonedSchema, failed));
    await use('one', [400]);
    await use('two', [400]);
    expect(await limits()).toEqual([]);
    await use('one', [100]);
    expect(await limits()).toEqual(['one 500 of 500']);
    await order('one', 'no limit', OrderAction.CHANGE_OFFERING);
    const { rows } = await rating.database.query('select * from spending_limits');
    expect(rows).toEqual([]);
  });

  it('IOT-9 in a currency that the line is not charged in say nothing', async () => {
    await tariff({ components: [data('1')] });
    await activate('one', 10);
    await rating.database.query("update spending_limits set currency = 'USD'");
    await use('one', [1_000]);
    expect(await limits()).toEqual([]);
  });
});
