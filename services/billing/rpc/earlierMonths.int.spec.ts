import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { AdjustMonthRequestSchema } from '#proto/billing/v1/adjustment_service';
import { ExplainInvoiceRequestSchema } from '#proto/billing/v1/invoice_service';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { Database } from '#shared/database/database';
import { freshDatabase } from '#test/harness/database';
import { migrateBefore, migrateFully } from '#test/harness/earlierVersion';
import { readInvoiceHead } from '../store/readInvoices.ts';
import { basicTariff } from '../testing/month.ts';
import { adjustMonth } from './adjustMonth.ts';
import { explainInvoice } from './explainInvoice.ts';

const invoiceId = '01a00000-0000-7000-8000-000000000001';
const timeZone = 'Asia/Seoul';

/** A database of billing as it was before months had portions: a line with 13 days of fee and 200 MiB, and one without charges. */
async function beforePortions(database: Database): Promise<void> {
  await migrateBefore(database, 'billing', '0007');
  const tariff = Buffer.from(toBinary(TariffSchema, create(TariffSchema, basicTariff('basic', 'KRW'))));
  await database.query('insert into tariffs (id, body) values ($1, $2)', ['basic', tariff]);
  await database.query(`
    insert into accounts (id, customer_id, currency, kind, create_time) values ('account', 'farm', 'KRW', 'POSTPAID', now());
    insert into charge_accounts select id, 'account', 'farm', 'iot', 'basic', 'basic', '0101', '', ''
      from unnest(array['line', 'idle']) as id;
    insert into account_changes (order_id, line_id, action, effective_time)
      values ('order', 'line', 'ACTIVATE', '2026-11-18T00:00:00+09:00');
    insert into moved_lines (business, period, line_id, totals, usage_bytes, records, account_id) values
      ('iot', '2026-11', 'line', '{"bytes": "209715200"}', 209715200, 7, 'account'),
      ('iot', '2026-11', 'idle', '{"bytes": "0"}', 0, 0, 'account');
    insert into bill_runs (id, business, period, state, expected_lines, create_time)
      values ('iot-2026-11', 'iot', '2026-11', 'COMPLETED', 2, now());
    insert into invoices values ('${invoiceId}', 'iot-2026-11', 'iot', 1, 'farm', 'account', 1, '2026-11', 'ISSUED', 'KRW',
      6340, 634, 6974, 2, '', '', '', '2026-11-30T15:00:05Z');
    insert into invoice_lines values
      ('${invoiceId}', 0, 'line', 'basic', '0101', 'Monthly fee', 'Monthly fee (13 of 30 days)', '13', 'days', 4290, null),
      ('${invoiceId}', 1, 'line', 'basic', '0101', 'Data', 'Data', '209715200', 'bytes', 2050, null);
    insert into invoiced_lines values
      ('iot-2026-11', 'line', '${invoiceId}', 'basic', 209715200, 6340), ('iot-2026-11', 'idle', '${invoiceId}', 'basic', 0, 0);
  `);
  await migrateFully(database, 'billing');
}

test('IOT-9 IOT-13 a month from before portions were kept is explained and adjusted like any other', async () => {
  await using fresh = await freshDatabase('billing_earlier');
  await using database = new Database(fresh.url);
  await beforePortions(database);
  const head = await readInvoiceHead(database, invoiceId);
  if (!head) throw new Error('the invoice is gone');
  const request = create(ExplainInvoiceRequestSchema, { invoice: invoiceId });
  const explanation = await explainInvoice(
    { sql: database, clients: {} as never, timeZone },
    head,
    request,
    {} as never,
  );
  expect(explanation).toMatchObject({
    lines: [
      { lineId: 'idle', charges: [], amount: { amount: '0' } },
      {
        lineId: 'line',
        usage: { portions: [{ tariffId: 'basic', activeDays: 13 }] },
        charges: [
          { component: 'Monthly fee', amount: { amount: '4290' } },
          { component: 'Data', amount: { amount: '2050' } },
        ],
      },
    ],
    taxes: [{ taxable: { amount: '6340' }, tax: { amount: '634' } }],
  });

  const adjust = (bytes: bigint) =>
    adjustMonth(
      { database, clock: { now: () => new Date() }, timeZone },
      create(AdjustMonthRequestSchema, {
        ...{ business: 'iot', period: '2026-11' },
        lines: [{ lineId: 'line', totals: [{ metric: 'bytes', quantity: String(bytes) }] }],
      }),
    );
  expect(await adjust(209_715_200n)).toEqual({ differences: [] });
  expect(await adjust(209_715_200n + 1_048_576n)).toMatchObject({
    differences: [{ amountBefore: { amount: '6340' }, difference: { amount: '21' } }],
  });
});
