import { beforeAll, expect, test } from 'vitest';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Invoice, Line } from '../../deploy/local/sample/resources.ts';
import { activeLine, type Business, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { addVersion, fee, perByte, preview, rerate } from './portions.ts';
import { theWorld, type World } from './world.ts';

interface AdjustedInvoice extends Invoice {
  readonly lines?: readonly (NonNullable<Invoice['lines']>[number] & { readonly adjustedPeriod?: string })[];
}

let world: World;
let business: Business;
let late: Line;
let other: Line;

const thisMonth = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 7);

beforeAll(async () => {
  world = theWorld();
  const { operator } = world;
  business = await openBusiness(operator, {
    fee: '3100',
    unit: '1',
    allowance: '100',
    tiers: [{ upTo: '1000', unitPrice: '2' }, { unitPrice: '1' }],
  });
  const customerId = (await newCustomer(operator)).id;
  late = await activeLine(operator, { customerId, offeringId: business.offeringId });
  other = await activeLine(operator, { customerId, offeringId: business.offeringId });
  await upload(operator, business, csv([record(late, 1_000), record(other, 500)]));
}, 60_000);

test('IOT-13 an open month is not rated again', async () => {
  await expect(rerate(world.operator, business.name)).rejects.toMatchObject({ reason: 'PERIOD_NOT_CLOSED' });
});

test('IOT-13 late usage is charged across allowance and tiers, once, on the next invoice, which names the month', async () => {
  const { operator } = world;
  const closed = await closeMonth(operator, { business: business.name, month: MONTH });
  expect(await rerate(operator, business.name)).toMatchObject({ lines: '2' });
  expect(await upload(operator, business, csv([record(late, 300)]), 'late.csv')).toMatchObject({ late: '1' });

  // Of 1300: 100 free, 1000 at 2, 200 at 1. Charged were 900 at 2.
  const difference = { amountBefore: '4900', amount: '5300', difference: '400' };
  const dry = await rerate(operator, business.name, { dryRun: true });
  const shown = (rerated: typeof dry) =>
    rerated.differences?.map(({ lineId, ...amounts }) => ({
      lineId,
      amountBefore: amounts.amountBefore.amount,
      amount: amounts.amount.amount,
      difference: amounts.difference.amount,
    }));
  expect(shown(dry)).toEqual([{ lineId: late.id, ...difference }]);
  expect(dry).toMatchObject({
    dryRun: true,
    lines: '2',
    linesDifferent: '1',
    amount: [{ currency: 'KRW', amount: '400' }],
  });
  expect(shown(await rerate(operator, business.name, { dryRun: true }))).toEqual(shown(dry));

  expect(shown(await rerate(operator, business.name))).toEqual([{ lineId: late.id, ...difference }]);
  expect((await rerate(operator, business.name)).differences ?? []).toEqual([]);
  const invoices = await operator.list<Invoice>(`/v1/invoices?business=${business.name}&period=${MONTH}`, 'invoices');
  expect(invoices).toEqual(closed.invoices);

  const next = await closeMonth(operator, { business: business.name, month: thisMonth });
  const adjusted = (next.invoices as AdjustedInvoice[])
    .flatMap(({ lines = [] }) => lines)
    .filter((line) => line.adjustedPeriod);
  expect(adjusted).toMatchObject([
    { lineId: late.id, component: 'data', adjustedPeriod: MONTH, amount: { currency: 'KRW', amount: '400' } },
  ]);
  const monthInWords = new Date(`${MONTH}-15T00:00:00Z`).toLocaleString('en', { month: 'long', year: 'numeric' });
  expect(adjusted[0]?.description).toContain(monthInWords);
  expect(next.settlement).toMatchObject({ state: 'SETTLEMENT_STATE_SETTLED' });
  expect((await rerate(operator, business.name)).differences ?? []).toEqual([]);
}, 120_000);

test('IOT-13 a tariff version dated into the closed month is credited, once; what the month was closed with stays shown', async () => {
  const { operator } = world;
  const before = await preview(operator, business.name);
  await addVersion(operator, business.tariffId, 1, [fee('3100'), perByte('1', { allowance: '100' })]);
  const rerated = await rerate(operator, business.name, { lineIds: [other.id] });
  expect(rerated).toMatchObject({ lines: '1', linesDifferent: '1', amount: [{ currency: 'KRW', amount: '-400' }] });
  const rest = await rerate(operator, business.name);
  // 5300 − 3100 = 2200 for 1300 bytes were charged; 1200 it is now.
  expect(rest).toMatchObject({ lines: '2', linesDifferent: '1', amount: [{ amount: '-1000' }] });
  expect((await rerate(operator, business.name)).differences ?? []).toEqual([]);
  expect((await preview(operator, business.name)).linePreviews).toEqual(before.linePreviews);
}, 60_000);
