import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { PeriodClosedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { Database } from '#shared/database/database';
import { freshDatabase } from '#test/harness/database';
import { migrateBefore, migrateFully } from '#test/harness/earlierVersion';
import { lockedTotals } from '../../conservation/store/sums.ts';
import { atOneInstant } from '../../store/snapshot.ts';
import { clock, timeZone } from '../../testing/world.ts';
import { MonthPlan } from '../domain/monthPlan.ts';
import { closedLineMonths } from '../months/closedMonth.ts';
import { nextClosing } from '../store/closing.ts';
import { report } from '../testing/monthWorld.ts';
import { stepClose } from './stepClose.ts';

/** A month that an earlier version is closing: locked and compared, and handed over up to the first `moved` of its four lines. */
async function closingMonth(database: Database, moved: number): Promise<void> {
  await migrateBefore(database, 'rating', '0005');
  const components = [
    { name: 'data', metric: 'bytes', model: { case: 'perUnit' as const, value: { unitPrice: '2' } } },
  ];
  const tariff = create(TariffSchema, { id: 'plan', displayName: 'plan', currency: 'KRW', versions: [{ components }] });
  await database.query("insert into businesses (name) values ('iot')");
  await database.query('insert into tariffs (id, tariff, create_time) values ($1, $2, now())', [
    'plan',
    Buffer.from(toBinary(TariffSchema, tariff)),
  ]);
  await database.query(
    `insert into rating_accounts (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
     select 'l' || n, 1, 'c' || 9 - n, 'o', 'plan', '010' || n, 'iot.kr', true, '{[2026-01-01Z,)}', 1 from generate_series(1, 4) as n`,
  );
  await database.query(
    `insert into periods (business_no, month, state, snapshot, checked, lines, moved, moved_bytes, cursor, closing_time)
     values (1, '2026-10', 'CLOSING', true, true, 4, $1, $2, $3, '2026-11-01Z')`,
    [moved, moved * 10, moved > 0 ? `l${moved}` : ''],
  );
  await database.query(
    `insert into period_lines (period_no, line_id, account_no, offering_id, bytes, records, tariff_id)
     select 1, 'l' || n, n, 'o', 10, 1, 'plan' from generate_series(1, 4) as n`,
  );
  await database.query('insert into usage_totals select 1, n, 10, 1 from generate_series(1, 4) as n');
  await migrateFully(database, 'rating');
}

it('IOT-8 a month that an earlier version has handed over in part is handed over to its end, each line once', async () => {
  await using fresh = await freshDatabase('rating');
  await using database = new Database(fresh.url);
  await closingMonth(database, 2);
  while ((await nextClosing(database)) !== undefined) await stepClose(1, { database, clock, timeZone, report });
  const { rows } = await database.query('select type, body from outbox order by position');
  const bodies = (name: string) => rows.filter(({ type }) => type.endsWith(name)).map(({ body }) => body as Buffer);
  const [moved, ...others] = bodies('UsageMoved').map((body) => fromBinary(UsageMovedSchema, body));
  expect(others).toEqual([]);
  expect(moved?.lines.map(({ lineId, customerId }) => [lineId, customerId])).toEqual([
    ['l4', 'c5'],
    ['l3', 'c6'],
  ]);
  expect(bodies('PeriodClosed').map((body) => fromBinary(PeriodClosedSchema, body))).toMatchObject([
    { lines: 4n, usageBytes: 40n, offerings: [{ offeringId: 'o', lines: 4n, usageBytes: 40n }] },
  ]);
  const month = new MonthPlan('2026-10', timeZone);
  const closed = (choice: { after?: string; lineIds?: string[] }) =>
    atOneInstant(database, (tx) => Array.fromAsync(closedLineMonths(tx, 1, month, choice)));
  const ids = async (choice: { after?: string; lineIds?: string[] }) =>
    (await closed(choice)).flat().map(({ lineId, bytes }) => `${lineId} ${bytes}`);
  expect(await ids({})).toEqual(['l4 10', 'l3 10', 'l1 10', 'l2 10']);
  expect(await ids({ after: 'l4' })).toEqual(['l3 10', 'l1 10', 'l2 10']);
  expect(await ids({ after: 'l3' })).toEqual(['l1 10', 'l2 10']);
  expect(await ids({ after: 'l1' })).toEqual(['l2 10']);
  expect(await ids({ lineIds: ['l2', 'l3'] })).toEqual(['l3 10', 'l2 10']);
  expect(await lockedTotals(database, 1)).toEqual({ bytes: 40n, records: 4n });
});

it('IOT-8 a month that an earlier version has locked and not handed over begins anew', async () => {
  await using fresh = await freshDatabase('rating');
  await using database = new Database(fresh.url);
  await closingMonth(database, 0);
  const { rows } = await database.query('select snapshot, checked from periods');
  expect(rows).toEqual([{ snapshot: false, checked: false }]);
  expect((await database.query('select 1 from period_lines')).rows).toEqual([]);
});
