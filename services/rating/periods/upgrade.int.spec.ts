import { create, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { type Tariff, TariffSchema } from '#proto/rating/v1/tariff';
import { Database } from '#shared/database/database';
import { monthBounds } from '#shared/time/month';
import { freshDatabase } from '#test/harness/database';
import { migrateBefore, migrateFully } from '#test/harness/earlierVersion';
import { examine } from '../conservation/examine.ts';
import { atOneInstant } from '../store/snapshot.ts';
import { log, timeZone } from '../testing/world.ts';
import { packOldRecords } from '../usage/upgrade/packOldRecords.ts';
import { MonthPlan } from './domain/monthPlan.ts';
import { priceLine } from './domain/priceLine.ts';
import { closedLineMonths } from './months/closedMonth.ts';
import { knownLineMonths } from './months/knownMonth.ts';

function tariff(): Tariff {
  const components = [
    { name: 'data', metric: 'bytes', model: { case: 'perUnit' as const, value: { unitPrice: '2' } } },
  ];
  return create(TariffSchema, { id: 'plan', displayName: 'plan', currency: 'KRW', versions: [{ components }] });
}

it('IOT-8 a month that was closed before portions were kept still shows what it was closed with', async () => {
  await using stack = new AsyncDisposableStack();
  const fresh = stack.use(await freshDatabase('rating'));
  const database = stack.use(new Database(fresh.url));
  await migrateBefore(database, 'rating', '0002');
  await database.query("insert into businesses (name) values ('iot')");
  await database.query('insert into tariffs (id, tariff, create_time) values ($1, $2, now())', [
    'plan',
    Buffer.from(toBinary(TariffSchema, tariff())),
  ]);
  for (const [line, number] of [
    ['l1', '0101'],
    ['l2', '0102'],
  ]) {
    await database.query(
      `insert into rating_accounts (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
       values ($1, 1, 'c', 'o', 'plan', $2, 'iot.kr', true, '{[2026-01-01Z,)}', 1)`,
      [line, number],
    );
    await database.query(
      `insert into account_changes (order_id, line_id, action, effective_time, answer) values ($1, $2, 'ACTIVATE', '2026-01-01Z', 'OPENED')`,
      [`order-of-${line}`, line],
    );
  }
  await database.query(
    `insert into periods (business_no, month, state, snapshot, lines, moved, moved_bytes, cursor, invoiced, closing_time, close_time)
     values (1, '2026-10', 'CLOSED', true, 2, 2, 30, 'l2', 2, '2026-11-01Z', '2026-11-01Z')`,
  );
  await database.query("insert into period_lines values (1, 'l1', 'o', 10, 1), (1, 'l2', 'o', 20, 1)");
  await database.query('insert into usage_totals values (1, 1, 10, 1), (1, 2, 20, 1)');
  await database.query(
    `insert into usage_records (slot, start_time, bytes_up, bytes_down, account_no, file_no, file_line, outcome)
     values (1, '2026-10-05Z', 10, 0, 1, 1, 2, 1), (2, '2026-10-05Z', 20, 0, 2, 1, 3, 1), (3, '2026-10-06Z', 7, 0, 2, 1, 4, 2)`,
  );

  await database.query(
    "insert into usage_ids (slot, business_no, record_id) values (1, 1, 'r1'), (2, 1, 'r2'), (3, 1, 'r3')",
  );

  await migrateFully(database, 'rating');
  await packOldRecords(database, timeZone, log);
  const month = new MonthPlan('2026-10', timeZone);
  const closed = await atOneInstant(database, (tx) => Array.fromAsync(closedLineMonths(tx, 1, month)));
  expect(closed.flat().map((line) => [line.lineId, line.bytes, priceLine(line, 31).amount.minor])).toEqual([
    ['l1', 10n, 20n],
    ['l2', 20n, 40n],
  ]);
  const key = { businessNo: 1, periodNo: 1, ...monthBounds('2026-10', timeZone) };
  const known = await Array.fromAsync(knownLineMonths(database, key, month, { after: '', lineIds: undefined }));
  expect(known.flat().map((line) => [line.lineId, line.bytes])).toEqual([
    ['l1', 10n],
    ['l2', 27n],
  ]);
  const of = { businessNo: 1, month: '2026-10', timeZone };
  // What is on invoices of before was not counted, so it is not compared.
  expect(await atOneInstant(database, (tx) => examine(tx, of))).toMatchObject({
    faults: [],
    sums: { invoiced: undefined },
  });
  const { rows } = await database.query('select distinct offering_id, tariff_id from account_changes');
  expect(rows).toEqual([{ offering_id: 'o', tariff_id: 'plan' }]);
});
