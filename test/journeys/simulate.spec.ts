import { expect, test } from 'vitest';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Money } from '../../deploy/local/sample/resources.ts';
import { activeLine, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { type Difference, fee, newOffering, perByte } from './portions.ts';
import { theWorld } from './world.ts';

interface Simulation {
  readonly lines?: string;
  readonly linesLeftOut?: string;
  readonly amountBefore: Money;
  readonly amount: Money;
  readonly difference: Money;
  readonly comparisons?: readonly Difference[];
  readonly nextPageToken?: string;
}

test('IOT-9 a past month by another tariff: line by line and in total, and nothing changes', async () => {
  const { operator } = theWorld();
  const business = await openBusiness(operator, { fee: '3100', unit: '1', tiers: [{ unitPrice: '1' }] });
  const flat = await newOffering(operator, business.name, [fee('9300')]);
  const dollars = await newOffering(operator, business.name, [perByte('0.01')], 'USD');
  const customerId = (await newCustomer(operator)).id;
  const light = await activeLine(operator, { customerId, offeringId: business.offeringId });
  const heavy = await activeLine(operator, { customerId, offeringId: business.offeringId });
  const abroad = await activeLine(operator, { customerId, offeringId: dollars });
  await upload(operator, business, csv([record(light, 10), record(heavy, 10_000), record(abroad, 5)]));
  const closed = await closeMonth(operator, { business: business.name, month: MONTH });
  const simulate = (more: object) =>
    operator.post<Simulation>(`/v1/tariffs/${flat}:simulate`, { business: business.name, period: MONTH, ...more });
  const whole = await simulate({});
  expect(whole).toMatchObject({
    lines: '2',
    linesLeftOut: '1',
    amountBefore: { currency: 'KRW', amount: '16210' },
    amount: { amount: '18600' },
    difference: { amount: '2390' },
    comparisons: [
      {
        lineId: light.id,
        amountBefore: { amount: '3110' },
        amount: { amount: '9300' },
        difference: { amount: '6190' },
      },
      {
        lineId: heavy.id,
        amountBefore: { amount: '13100' },
        amount: { amount: '9300' },
        difference: { amount: '-3800' },
      },
    ],
  });
  const first = await simulate({ pageSize: 1 });
  const second = await simulate({ pageSize: 1, pageToken: first.nextPageToken });
  expect([...(first.comparisons ?? []), ...(second.comparisons ?? [])]).toEqual(whole.comparisons);
  expect(second).toMatchObject({ amount: { amount: '18600' } });
  expect((await simulate({ offeringId: flat })).lines ?? '0').toBe('0');
  expect(await operator.list(`/v1/invoices?business=${business.name}`, 'invoices')).toHaveLength(
    closed.invoices.length,
  );
}, 90_000);
