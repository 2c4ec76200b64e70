import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Invoice, Line, Order } from '../../deploy/local/sample/resources.ts';
import { DAYS } from './billedMonth.ts';
import {
  activeLine,
  type Business,
  csv,
  ended,
  MONTH,
  moment,
  newCustomer,
  openBusiness,
  record,
  upload,
} from './business.ts';
import { addVersion, chargesOf, fee, newOffering, type Preview, perByte, preview, rounded, share } from './portions.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let business: Business;
let versioned: Line;
let moved: Line;
let counted: Line;
let before: Preview;
let closed: Awaited<ReturnType<typeof closeMonth>>;
let large: string;

async function changeOffering(lineId: string, offeringId: string, effectiveTime: string): Promise<Order> {
  const order = await world.operator.post<Order>(
    `/v1/lines/${lineId}:changeOffering`,
    { offeringId, effectiveTime },
    randomUUID(),
  );
  return ended(world.operator, order.id);
}

beforeAll(async () => {
  world = theWorld();
  const { operator } = world;
  business = await openBusiness(operator, { fee: '3100', unit: '1', tiers: [{ unitPrice: '1' }] });
  const customerId = (await newCustomer(operator)).id;
  large = await newOffering(operator, business.name, [fee('9300'), perByte('1', { allowance: '310' })]);
  const night = { from: '22:00', to: '06:00' };
  const steps = await newOffering(operator, business.name, [
    { ...perByte('1', { increment: '100' }), name: 'whole' },
    { ...perByte('3', { increment: '100', timeOfDay: night }), name: 'night' },
    { name: 'connections', metric: 'events', perUnit: { unitPrice: '7' } },
  ]);
  [versioned, moved, counted] = await Promise.all([
    activeLine(operator, { customerId, offeringId: business.offeringId }),
    activeLine(operator, { customerId, offeringId: business.offeringId }),
    activeLine(operator, { customerId, offeringId: steps }),
  ]);
  const time = (day: number, clock: string) => moment(MONTH, day, clock);
  const usage = [
    record(versioned, 100, time(4, '23:59:59')),
    record(versioned, 30, time(5, '00:00:00')),
    record(versioned, 20, time(15, '00:00:00')),
    record(moved, 50, time(10, '00:00:00')),
    record(moved, 400, time(20, '00:00:00')),
    record(counted, 101, time(3, '12:00:00')),
    record(counted, 1, time(3, '22:00:00')),
    record(counted, 200, time(4, '05:59:59')),
  ];
  expect(await upload(operator, business, csv(usage))).toMatchObject({ rated: '8' });
  // The first version comes before its time, the second one is dated back behind usage that is there.
  await addVersion(operator, business.tariffId, 15, [fee('6200'), perByte('2')]);
  await addVersion(operator, business.tariffId, 5, [fee('3100'), perByte('4')]);
  const order = await changeOffering(moved.id, large, moment(MONTH, 11));
  expect(order).toMatchObject({
    state: 'ORDER_STATE_COMPLETED',
    action: 'ORDER_ACTION_CHANGE_OFFERING',
    offeringId: large,
  });
  before = await preview(operator, business.name);
  closed = await closeMonth(operator, { business: business.name, month: MONTH });
}, 120_000);

test('IOT-9 a version in mid-month, and one dated back, each price what was used in their time', () => {
  expect(chargesOf(closed.invoices, versioned.id)).toEqual([
    ['fee', rounded(share(4, 3_100))],
    ['data', 100],
    ['fee', rounded(share(10, 3_100))],
    ['data', 120],
    ['fee', rounded(share(DAYS - 14, 6_200))],
    ['data', 40],
  ]);
});

test('IOT-9 a line that got another offering is charged by each for its own days and usage', async () => {
  const allowance = share(DAYS - 10, 310);
  expect(chargesOf(closed.invoices, moved.id)).toEqual([
    ['fee', rounded(share(4, 3_100))],
    ['fee', rounded(share(6, 3_100))],
    ['data', 200],
    ['fee', rounded(share(DAYS - 10, 9_300))],
    ['data', rounded(400 - allowance)],
  ]);
  expect(await world.operator.get(`/v1/lines/${moved.id}`)).toMatchObject({
    offeringId: large,
    state: 'LINE_STATE_ACTIVE',
  });
  const own = await world.customer(moved.customerId);
  const page = await own.get<{ lines: { id: string; offeringId: string }[] }>(`/v1/mypages/${moved.customerId}`);
  expect(page.lines.find(({ id }) => id === moved.id)).toMatchObject({ offeringId: large });
});

test('IOT-9 increments and times of day are counted record by record, and connections one by one', () => {
  expect(chargesOf(closed.invoices, counted.id)).toEqual([
    ['whole', 200 + 100 + 200],
    ['night', 3 * (100 + 200)],
    ['connections', 21],
  ]);
});

test('IOT-9 the preview is what the close then did, and what it shows afterwards', async () => {
  const sum = (invoice: Invoice) => Number(invoice.subtotal.amount);
  expect(Number(before.charges?.[0]?.amount)).toBe(closed.invoices.map(sum).reduce((all, each) => all + each));
  for (const { lineId, charges = [] } of before.linePreviews ?? []) {
    expect(charges.map(({ component, amount }) => [component, Number(amount.amount)])).toEqual(
      chargesOf(closed.invoices, lineId),
    );
  }
  const after = await preview(world.operator, business.name);
  expect(after.linePreviews).toEqual(before.linePreviews);
  expect(after.charges).toEqual(before.charges);
  expect(closed.settlement).toMatchObject({ state: 'SETTLEMENT_STATE_SETTLED' });
});

test('IOT-9 a change to an offering that does not fit is refused, and changes nothing', async () => {
  const { operator } = world;
  const dollars = await newOffering(operator, business.name, [perByte('1')], 'USD');
  const foreign = await openBusiness(operator);
  const refused = (offeringId: string) =>
    operator.post(`/v1/lines/${versioned.id}:changeOffering`, { offeringId }, randomUUID());
  await expect(refused(business.offeringId)).rejects.toMatchObject({ reason: 'OFFERING_UNCHANGED' });
  await expect(refused(foreign.offeringId)).rejects.toMatchObject({ reason: 'OFFERING_MISMATCH' });
  const order = await operator.post<Order>(
    `/v1/lines/${versioned.id}:changeOffering`,
    { offeringId: dollars },
    randomUUID(),
  );
  expect(await ended(operator, order.id)).toMatchObject({
    state: 'ORDER_STATE_FAILED',
    stateReason: 'OFFERING_MISMATCH',
  });
  expect(await changeOffering(versioned.id, large, moment(MONTH, 20))).toMatchObject({ stateReason: 'PERIOD_CLOSED' });
  expect(await operator.get(`/v1/lines/${versioned.id}`)).toMatchObject({ offeringId: business.offeringId });
});
