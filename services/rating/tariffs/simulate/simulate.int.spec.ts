import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  SimulateTariffRequestSchema,
  type SimulateTariffResponse,
  SimulateTariffResponseSchema,
} from '#proto/rating/v1/tariff_service';
import type { Unary } from '#shared/rpc/context';
import { at, context, MonthWorld, month } from '../../periods/testing/monthWorld.ts';
import { clock, timeZone } from '../../testing/world.ts';
import { tariffService } from '../rpc/tariffService.ts';

const perByte = (unitPrice: string, extra: object = {}) =>
  ({ name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice } }, ...extra }) as const;

async function simulate(
  on: MonthWorld,
  init: MessageInitShape<typeof SimulateTariffRequestSchema>,
): Promise<SimulateTariffResponse> {
  const { handlers } = tariffService({ database: on.database, clock, timeZone });
  const method = handlers.simulateTariff as Unary<DescMessage, typeof SimulateTariffResponseSchema>;
  const request = create(SimulateTariffRequestSchema, { business: 'iot', period: month, ...init });
  return create(SimulateTariffResponseSchema, await method(request as never, context));
}

const shown = ({ comparisons }: SimulateTariffResponse) =>
  comparisons.map(({ lineId, amountBefore, amount, difference }) =>
    [lineId, amountBefore?.amount, amount?.amount, difference?.amount].join(' '),
  );

describe('what a month would come to by another tariff', () => {
  it('IOT-9 compares line by line and in total, leaves other currencies out, and writes nothing', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('own', [perByte('2')]);
    await on.tariff('dollars', [perByte('0.01')], 'USD');
    await on.tariff('other', [
      perByte('1', { name: 'cheap' }),
      { name: 'fee', model: { case: 'recurring', value: { amount: '30' } } },
    ]);
    for (const id of ['0101', '0102', '0103']) await on.line(id, 'own');
    await on.line('0104', 'dollars');
    await on.use(...['0101', '0102', '0104'].map((id, index) => on.record(id, at(5), 10 * (index + 1))));
    const before = await on.database.query('select count(*) from outbox');
    const answer = await simulate(on, { tariff: 'other' });
    expect(shown(answer)).toEqual(['0101 20 40 20', '0102 40 50 10', '0103 0 30 30']);
    expect(answer).toMatchObject({
      lines: 3n,
      linesLeftOut: 1n,
      amountBefore: { amount: '60' },
      amount: { amount: '120' },
      difference: { amount: '60', currency: 'KRW' },
    });
    expect(answer.comparisons[0]?.components).toMatchObject([
      { component: 'data', tariffId: 'own', amountBefore: { amount: '20' }, amount: { amount: '0' } },
      { component: 'cheap', tariffId: 'other', difference: { amount: '10' } },
      { component: 'fee', tariffId: 'other', difference: { amount: '30' } },
    ]);
    expect(await on.database.query('select count(*) from outbox')).toEqual(before);

    const pages: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await simulate(on, { tariff: 'other', pageSize: 1, pageToken });
      expect(page).toMatchObject({ lines: 3n, linesLeftOut: 1n, amount: { amount: '120' } });
      pages.push(...shown(page));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(pages).toEqual(shown(answer));
  });

  it('IOT-9 of a closed month it takes what the month was closed with; increments are counted from the records', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('own', [perByte('1')]);
    await on.tariff('steps', [perByte('1', { increment: '100' })]);
    await on.version('steps', at(10), [perByte('3', { increment: '10' })]);
    await on.line('0101', 'own');
    await on.line('0102', 'steps');
    await on.use(on.record('0101', at(5), 1), on.record('0101', at(6), 101), on.record('0101', at(12), 11));
    await on.close();
    await on.use(on.record('0101', at(7), 1_000));
    expect(shown(await simulate(on, { tariff: 'steps', offeringId: 'own-offering' }))).toEqual([
      `0101 113 ${100 + 200 + 20 * 3} ${360 - 113}`,
    ]);
  });

  it('refuses a tariff that is not there or that lines cannot be priced by', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('share', [
      { name: 'share', metric: 'units', model: { case: 'percentage', value: { rate: '0.1' } } },
    ]);
    await expect(simulate(on, { tariff: 'nothing' })).rejects.toMatchObject({ reason: 'TARIFF_NOT_FOUND' });
    await expect(simulate(on, { tariff: 'share' })).rejects.toMatchObject({ reason: 'TARIFF_INVALID' });
    await on.tariff('plain', [perByte('1')]);
    await expect(simulate(on, { tariff: 'plain' })).rejects.toMatchObject({ reason: 'PERIOD_NOT_FOUND' });
  });
});
