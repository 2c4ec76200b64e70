import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { openBillRuns } from '../store/billRuns.ts';
import { Month } from '../testing/month.ts';
import { stepBillRun } from './stepBillRun.ts';

const run = 'iot-2026-11';
const lineIds = (count: number) =>
  Array.from({ length: count }, (_, index) => `line-${String(index).padStart(4, '0')}`);
const issued = async (month: Month) => {
  await month.announce();
  return month.events('InvoiceIssued', (body) => fromBinary(InvoiceIssuedSchema, body));
};
const completed = (month: Month) =>
  month.events('BillRunCompleted', (body) => fromBinary(BillRunCompletedSchema, body));

describe('bill run', () => {
  it('IOT-10 invoices every line that was handed over, also one without charges', async () => {
    await using month = await Month.begin();
    // given a line with usage, one that was suspended before the month, and two on one account
    await month.activate('used');
    await month.activate('idle');
    await month.change('idle', OrderAction.SUSPEND, '2026-10-31T00:00:00+09:00');
    const { rows } = await month.database.query(`select account_id from charge_accounts where line_id = 'used'`);
    await month.activate('second', { accountId: rows[0].account_id, time: '2026-11-16T00:00:00+09:00' });
    await month.close({ used: 209_715_200n, idle: 0n, second: 5n });

    // when the run is done
    const process = month.freshProcess();
    while ((await stepBillRun(process, run)) === 'progressed');

    // then
    const events = await issued(month);
    expect(events.map(({ invoice }) => [invoice?.number, invoice?.subtotal?.amount, invoice?.tax?.amount])).toEqual([
      ['IOT-00000001', '16900', '1690'],
      ['IOT-00000002', '0', '0'],
    ]);
    expect(events[0]?.invoice).toMatchObject({
      customerName: '홍길동 농장',
      email: 'farm@example.com',
      period: '2026-11',
    });
    expect(
      events.flatMap(({ invoicedLines }) => invoicedLines).map(({ lineId, charges }) => [lineId, charges?.amount]),
    ).toEqual([
      ['second', '4950'],
      ['used', '11950'],
      ['idle', '0'],
    ]);
    expect(await completed(month)).toMatchObject([
      { invoices: 2n, lines: 3n, usageBytes: 209_715_205n, totals: [{ total: { currency: 'KRW', amount: '18590' } }] },
    ]);
    const balances = await month.database.query('select balance from accounts order by id');
    expect(balances.rows.map(({ balance }) => balance)).toEqual([18_590n, 0n]);
  });

  it('IOT-10 goes on after a kill between any two batches, without a gap or a second invoice', async () => {
    await using month = await Month.begin();
    const ids = lineIds(23);
    for (const id of ids) await month.activate(id);
    await month.close(Object.fromEntries(ids.map((id) => [id, 1_048_576_000n])));

    // when every step is done by a process of its own, and every second one fails before it commits
    for (let step = 0; step < 60; step++) {
      const clock = { now: () => month.clock.now() };
      if (step % 2 === 0) {
        clock.now = () => {
          throw new Error('killed');
        };
      }
      await stepBillRun(month.freshProcess({ batchLines: 4, clock }), run).catch(() => {});
    }

    // then
    const events = await issued(month);
    expect(events.map(({ invoice }) => invoice?.number)).toEqual(
      ids.map((_, index) => `IOT-${String(index + 1).padStart(8, '0')}`),
    );
    expect(new Set(events.flatMap(({ invoicedLines }) => invoicedLines.map(({ lineId }) => lineId)))).toEqual(
      new Set(ids),
    );
    expect(await completed(month)).toMatchObject([{ invoices: 23n, lines: 23n }]);
  });

  it('IOT-10 keeps numbers gapless when processes work at the same time', async () => {
    await using month = await Month.begin();
    const ids = lineIds(40);
    for (const id of ids) await month.activate(id);
    await month.close(Object.fromEntries(ids.map((id) => [id, 0n])));
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        const process = month.freshProcess({ batchLines: 3 });
        while ((await openBillRuns(process.database)).length > 0) await stepBillRun(process, run);
      }),
    );
    const { rows } = await month.database.query('select number from invoices order by number');
    expect(rows.map(({ number }) => Number(number))).toEqual(ids.map((_, index) => index + 1));
    expect(await completed(month)).toHaveLength(1);
  });

  it('cuts an account with more lines than a batch into several invoices', async () => {
    await using month = await Month.begin();
    await month.activate('line-0000');
    const { rows } = await month.database.query('select account_id from charge_accounts');
    const ids = lineIds(7);
    for (const id of ids.slice(1)) await month.activate(id, { accountId: rows[0].account_id });
    await month.activate('other');
    await month.close(Object.fromEntries([...ids, 'other'].map((id) => [id, 0n])));
    const process = month.freshProcess({ batchLines: 3 });
    while ((await stepBillRun(process, run)) === 'progressed');
    const events = await issued(month);
    expect(events.map(({ invoicedLines }) => invoicedLines.length).toSorted()).toEqual([1, 1, 3, 3]);
    expect(events.flatMap(({ invoicedLines }) => invoicedLines)).toHaveLength(8);
  });

  it('waits for a line whose order is late, and for one that never comes only so long', async () => {
    await using month = await Month.begin();
    await month.activate('known');
    await month.close({ known: 0n, late: 0n, never: 0n });
    const patient = month.freshProcess();
    expect(await stepBillRun(patient, run)).toBe('waiting');
    await month.activate('late');
    expect(await stepBillRun(patient, run)).toBe('waiting');
    const over = month.freshProcess({ patienceMs: 0 });
    while ((await stepBillRun(over, run)) === 'progressed');
    expect(await completed(month)).toMatchObject([{ lines: 2n }]);
  });

  it('IOT-9 charges a volume past what an int64 holds, and the other lines with it', async () => {
    await using month = await Month.begin();
    const mebibyte = 1_048_576n;
    const bytes = { ordinary: 200n * mebibyte, huge: 10n ** 18n, beyond: 2n ** 20n * 10n ** 14n };
    for (const id of Object.keys(bytes)) await month.activate(id);
    await month.close(bytes);
    const process = month.freshProcess();
    while ((await stepBillRun(process, run)) === 'progressed');
    // 20.5 won a MiB past the first 100, exactly: 10^18 bytes are 953,674,316,406.25 MiB
    const lines = (await issued(month)).flatMap(({ invoicedLines }) => invoicedLines);
    expect(lines.map(({ lineId, charges }) => [lineId, charges?.amount])).toEqual([
      ['ordinary', String(9_900n + 2_050n)],
      ['huge', String(9_900n + 19_550_323_486_328n - 2_050n)],
      ['beyond', String(9_900n + 205n * 10n ** 13n - 2_050n)],
    ]);
    expect(await completed(month)).toMatchObject([{ lines: 3n, usageBytes: 2n ** 63n - 1n }]);
  });

  it('IOT-8 refuses a line that is handed over twice', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    await month.close({ line: 1n });
    await expect(month.close({ line: 1n })).rejects.toThrow(/duplicate key/);
  });
});
