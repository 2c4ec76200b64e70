import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import type { LineDifference } from '#proto/common/v1/line_charges';
import { OrderAction } from '#proto/ordering/v1/order';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { basicTariff, Month } from '../testing/month.ts';

const mebibyte = 1_048_576n;
const issued = (month: Month) => month.events('InvoiceIssued', (body) => fromBinary(InvoiceIssuedSchema, body));
const amounts = (differences: LineDifference[]) =>
  differences.map(({ lineId, amountBefore, amount, difference }) => [
    lineId,
    amountBefore?.amount,
    amount?.amount,
    difference?.amount,
  ]);
const balances = async (month: Month) =>
  (await month.database.query('select balance from accounts order by id')).rows.map(({ balance }) => balance);

/** A month that is invoiced: `line` has used 200 MiB, 100 of them free. */
async function invoiced(): Promise<Month> {
  const month = await Month.begin();
  await month.activate('line');
  await month.close({ line: 200n * mebibyte });
  await month.invoice();
  return month;
}

describe('AdjustMonth', () => {
  it('IOT-13 answers with what late usage costs, and changes nothing on a dry run', async () => {
    await using month = await invoiced();
    const differences = await month.adjust({ line: 300n * mebibyte }, { dryRun: true });
    expect(amounts(differences)).toEqual([['line', '11950', '14000', '2050']]);
    expect(differences[0]).toMatchObject({
      usageBytesBefore: 200n * mebibyte,
      usageBytes: 300n * mebibyte,
      components: [{ component: 'Data', tariffId: 'basic', difference: { amount: '2050' } }],
    });
    expect((await month.database.query('select count(*) from adjustments')).rows).toEqual([{ count: 0n }]);
  });

  it('IOT-13 charges the difference on the next invoice, which names the month, and finds none when asked again', async () => {
    await using month = await invoiced();
    expect(amounts(await month.adjust({ line: 300n * mebibyte }))).toEqual([['line', '11950', '14000', '2050']]);
    expect(await month.adjust({ line: 300n * mebibyte })).toEqual([]);
    await month.close({ line: 0n }, '2026-12');
    await month.invoice('2026-12');

    const [, december] = await month.invoices();
    expect(december).toMatchObject({ subtotal: 11_950n, tax: 1_195n, total: 13_145n });
    expect(december?.lines).toMatchObject([
      { description: 'Monthly fee', amount: 9_900n, adjustedPeriod: undefined },
      {
        description: 'Data, adjustment of November 2026',
        component: 'Data',
        quantity: String(100n * mebibyte),
        metric: 'bytes',
        amount: 2_050n,
        adjustedPeriod: '2026-11',
        tariffId: 'basic',
      },
    ]);
    const [, event] = await issued(month);
    expect(event).toMatchObject({
      invoicedLines: [{ lineId: 'line', usageBytes: 0n, charges: { amount: '9900' } }],
      adjustments: [{ lineId: 'line', period: '2026-11', usageBytes: 100n * mebibyte, charges: { amount: '2050' } }],
    });
    // and still nothing after it was invoiced, nor is it charged once more
    expect(await month.adjust({ line: 300n * mebibyte })).toEqual([]);
    await month.close({ line: 0n }, '2027-01');
    await month.invoice('2027-01');
    expect((await month.invoices())[2]).toMatchObject({ subtotal: 9_900n });
    expect(await balances(month)).toEqual([13_145n + 13_145n + 10_890n]);
  });

  it('IOT-13 credits usage that was taken back, also where the next invoice comes out below zero', async () => {
    await using month = await invoiced();
    await month.adjust({ line: 10_100n * mebibyte });
    await month.adjust({ line: 0n });
    // Terminated: the account has nothing but adjustments, and gets an invoice for them.
    await month.change('line', OrderAction.TERMINATE, '2026-11-30T23:59:00+09:00');
    await month.close({}, '2026-12');
    await month.invoice('2026-12');
    const [, december] = await month.invoices();
    expect(december).toMatchObject({ period: '2026-12', subtotal: -2_050n, tax: -205n, total: -2_255n });
    expect(december?.lines.map(({ amount, quantity }) => [amount, quantity])).toEqual([
      [202_950n, String(9_900n * mebibyte)],
      [-205_000n, String(-10_100n * mebibyte)],
    ]);
    expect(december).toMatchObject({ customerName: '홍길동 농장', email: 'farm@example.com' });
    // What the customer owes is what the month would have been from the start.
    expect(await balances(month)).toEqual([10_890n]);
    const runs = await month.events('BillRunCompleted', (body) => fromBinary(BillRunCompletedSchema, body));
    expect(runs[1]).toMatchObject({
      invoices: 1n,
      lines: 0n,
      usageBytes: 0n,
      totals: [{ total: { amount: '-2255' } }],
    });
  });

  it('IOT-13 charges once when it is asked at the same time, and after a kill', async () => {
    await using month = await invoiced();
    const lines = { line: 300n * mebibyte };
    const all = await Promise.all(Array.from({ length: 6 }, () => month.adjust(lines)));
    expect(all.filter((differences) => differences.length > 0)).toHaveLength(1);
    const { rows } = await month.database.query('select sum(charges)::bigint as sum, count(*) from adjustments');
    expect(rows).toEqual([{ sum: 2_050n, count: 1n }]);
    // A run that is killed before it commits leaves the adjustment for the next attempt.
    await month.close({ line: 0n }, '2026-12');
    const killed = () => {
      throw new Error('killed');
    };
    await month.invoice('2026-12', { clock: { now: killed } }).catch(() => {});
    await month.invoice('2026-12');
    expect((await month.invoices()).map(({ subtotal }) => subtotal)).toEqual([11_950n, 11_950n]);
  });

  it('charges a line from zero that was never invoiced for the month', async () => {
    await using month = await invoiced();
    await month.activate('late', { time: '2026-11-16T00:00:00+09:00' });
    expect(amounts(await month.adjust({ late: 200n * mebibyte }))).toEqual([['late', '0', '7000', '7000']]);
  });

  it('takes portions, and a change of tariff moves charges from one to the other', async () => {
    await using month = await invoiced();
    await month.handle(TariffChangedSchema, { tariff: basicTariff('other', 'KRW') });
    const portion = (tariffId: string, firstDay: number, lastDay: number, mebibytes: bigint) => ({
      ...{ tariffId, offeringId: tariffId, firstDay, lastDay, activeDays: lastDay - firstDay + 1 },
      totals: [{ metric: 'bytes', quantity: String(mebibytes * mebibyte) }],
    });
    const now = {
      totals: [{ metric: 'bytes', quantity: String(200n * mebibyte) }],
      portions: [portion('basic', 1, 15, 200n), portion('other', 16, 30, 0n)],
    };
    const [difference] = await month.adjust({ line: now });
    // Half of the allowance was for the second half: 50 more MiB at 20.5.
    expect(difference).toMatchObject({
      offeringId: 'other',
      difference: { amount: '1025' },
      components: [
        { component: 'Monthly fee', tariffId: 'basic', difference: { amount: '-4950' } },
        { component: 'Data', tariffId: 'basic', difference: { amount: '1025' } },
        { component: 'Monthly fee', tariffId: 'other', difference: { amount: '4950' } },
      ],
    });
    expect(await month.adjust({ line: now })).toEqual([]);
  });

  it('keeps what differs only in volume, without amount', async () => {
    await using month = await invoiced();
    await month.adjust({ line: 0n });
    expect(amounts(await month.adjust({ line: mebibyte }))).toEqual([['line', '9900', '9900', '0']]);
    expect(await month.adjust({ line: mebibyte })).toEqual([]);
  });

  it('cuts many adjustments of an account into several invoices', async () => {
    await using month = await Month.begin();
    const ids = Array.from({ length: 7 }, (_, index) => `line-${index}`);
    await month.activate('line-0');
    const { rows } = await month.database.query('select account_id from charge_accounts');
    for (const id of ids.slice(1)) await month.activate(id, { accountId: rows[0].account_id });
    await month.close(Object.fromEntries(ids.map((id) => [id, 0n])));
    await month.invoice();
    await month.adjust(Object.fromEntries(ids.map((id) => [id, 101n * mebibyte])));
    await month.close({ 'line-0': 0n }, '2026-12');
    await month.invoice('2026-12', { batchLines: 3 });
    const december = (await month.invoices()).slice(1);
    expect(december.map(({ lines }) => lines.filter(({ adjustedPeriod }) => adjustedPeriod).length)).toEqual([3, 3, 1]);
    expect(december.reduce((sum, { subtotal }) => sum + subtotal, 0n)).toBe(9_900n + 7n * 21n);
  });

  it('says why a line cannot be compared, and refuses what it cannot read', async () => {
    await using month = await invoiced();
    await month.handle(TariffChangedSchema, { tariff: basicTariff('dollars', 'USD') });
    const by = (tariffId: string) => ({
      portions: [{ tariffId, offeringId: 'basic', firstDay: 1, lastDay: 30, activeDays: 30 }],
    });
    await month.activate('two');
    const found = await month.adjust({ nobody: 1n, line: by('unknown'), two: by('dollars') });
    expect(found.map(({ lineId, reason }) => [lineId, reason])).toEqual([
      ['nobody', 'CHARGE_ACCOUNT_NOT_FOUND'],
      ['line', 'TARIFF_NOT_FOUND'],
      ['two', 'CURRENCY_MISMATCH'],
    ]);
    await expect(month.adjust({ line: 1n }, { period: '2026-12' })).rejects.toMatchObject({
      reason: 'BILL_RUN_INCOMPLETE',
      metadata: { state: 'NONE' },
    });
    await month.close({ line: 0n }, '2026-12');
    await expect(month.adjust({ line: 1n }, { period: '2026-12', dryRun: true })).rejects.toMatchObject({
      metadata: { state: 'WAITING' },
    });
    const unreadable = { totals: [{ metric: 'bytes', quantity: '-1' }] };
    await expect(month.adjust({ line: unreadable })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });
});
