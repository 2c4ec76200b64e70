import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { Database } from '#shared/database/database';
import { freshDatabase } from '#test/harness/database';
import { migrateBefore, migrateFully } from '#test/harness/earlierVersion';
import { listInvoices } from '../store/readInvoices.ts';
import { basicTariff } from '../testing/month.ts';
import { announceInvoices } from './announceInvoices.ts';
import { stepBillRun } from './stepBillRun.ts';

const first = '01a00000-0000-7000-8000-000000000001';

/** A database of billing as it was when every line was a row: a run that has invoiced the account `a` and not yet `b` and `c`. */
async function halfInvoiced(database: Database): Promise<void> {
  await migrateBefore(database, 'billing', '0008');
  const tariff = Buffer.from(toBinary(TariffSchema, create(TariffSchema, basicTariff('basic', 'KRW'))));
  await database.query('insert into tariffs (id, body) values ($1, $2)', ['basic', tariff]);
  await database.query(`
    insert into accounts (id, customer_id, currency, kind, create_time)
      select id, 'farm', 'KRW', 'POSTPAID', now() from unnest(array['a', 'b', 'c']) as id;
    insert into charge_accounts select account || n, account, 'farm', 'iot', 'basic', 'basic', '010' || account || n, '', ''
      from unnest(array['a', 'b', 'c']) as account, generate_series(1, 2) as n;
    insert into account_changes (order_id, line_id, action, effective_time)
      select 'order-' || line_id, line_id, 'ACTIVATE', '2026-10-01T00:00:00+09:00' from charge_accounts;
    insert into moved_lines (business, period, line_id, totals, usage_bytes, records, account_id)
      select 'iot', '2026-11', line_id, '{"bytes": "209715200"}', 209715200, 7, account_id from charge_accounts;
    insert into invoice_numbers values ('iot', 2);
    insert into bill_runs (id, business, period, state, expected_lines, cursor_account, cursor_part, cursor_line, create_time)
      values ('iot-2026-11', 'iot', '2026-11', 'INVOICING', 6, 'a', 1, 'a2', now());
    insert into invoices values ('${first}', 'iot-2026-11', 'iot', 1, 'farm', 'a', 1, '2026-11', 'ISSUED', 'KRW',
      23900, 2390, 26290, 2, '', '', '', '2026-11-30T15:00:05Z');
    insert into invoice_lines (invoice_id, position, line_id, offering_id, service_number, component, description, quantity, metric, amount, tariff_id)
      select '${first}', n, 'a' || n, 'basic', '', 'Data', 'Data', '209715200', 'bytes', 11950, 'basic' from generate_series(1, 2) as n;
    insert into invoiced_lines (bill_run_id, line_id, invoice_id, offering_id, usage_bytes, charges, tariff_id, active_days)
      select 'iot-2026-11', 'a' || n, '${first}', 'basic', 209715200, 11950, 'basic', 30 from generate_series(1, 2) as n;
  `);
  await migrateFully(database, 'billing');
}

test('IOT-10 a run that an earlier version has left half done is finished, and all of its invoices read alike', async () => {
  await using fresh = await freshDatabase('billing_half');
  await using database = new Database(fresh.url);
  await halfInvoiced(database);
  const clock = { now: () => new Date('2026-11-30T15:00:05Z') };
  const log = pino({ level: 'silent' });
  const options = { database, clock, log, timeZone: 'Asia/Seoul', batchLines: 2_000, patienceMs: 30_000 };
  while ((await stepBillRun(options, 'iot-2026-11')) === 'progressed');
  while ((await announceInvoices(database)) === 'more');

  const filter = { customerId: '', period: '', business: 'iot', after: undefined, limit: 10 };
  const { invoices } = await listInvoices(database, filter);
  expect(invoices.map(({ number, accountId, subtotal, lines }) => [number, accountId, subtotal, lines.length])).toEqual(
    [
      [1n, 'a', 23_900n, 2],
      [2n, 'b', 23_900n, 4],
      [3n, 'c', 23_900n, 4],
    ],
  );
  const { rows } = await database.query('select type, body from outbox order by position');
  const bodies = (name: string) => rows.filter(({ type }) => type.endsWith(name)).map(({ body }) => body as Buffer);
  // The first one was announced when it was issued.
  expect(bodies('InvoiceIssued').map((body) => fromBinary(InvoiceIssuedSchema, body).invoice?.number)).toEqual([
    'IOT-00000002',
    'IOT-00000003',
  ]);
  expect(bodies('BillRunCompleted').map((body) => fromBinary(BillRunCompletedSchema, body))).toMatchObject([
    { invoices: 3n, lines: 6n, usageBytes: 6n * 209_715_200n },
  ]);
  // What the old invoice is explained by stays; the other lines are in the bodies of theirs.
  expect((await database.query('select line_id from moved_lines order by 1')).rows).toEqual([
    { line_id: 'a1' },
    { line_id: 'a2' },
  ]);
});
