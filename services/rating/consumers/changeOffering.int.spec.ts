import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { LineChangeAbandonedSchema, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { at, MonthWorld } from '../periods/testing/monthWorld.ts';
import { timeZone } from '../testing/world.ts';
import { onLineChangeAbandoned } from './lineChangeAbandoned.ts';
import { onLineChangeRequested } from './lineChangeRequested.ts';

const perByte = { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const;

/** Asks for a change of a line's offering, or its activation; the events that answer. */
async function ask(
  on: MonthWorld,
  orderId: string,
  tariffId: string,
  time: Date,
  action: OrderAction = OrderAction.CHANGE_OFFERING,
) {
  const line = {
    id: 'line-1',
    business: 'iot',
    customerId: 'c',
    offeringId: 'a-offering',
    serviceNumber: '0101',
    apn: 'iot.kr',
  };
  const request = create(LineChangeRequestedSchema, {
    orderId,
    action,
    line,
    effectiveTime: timestampFromDate(time),
    tariffId,
    offeringId: action === OrderAction.CHANGE_OFFERING ? `${tariffId}-offering` : '',
  });
  await on.database.transaction((tx) => onLineChangeRequested(timeZone).handle(request, tx, {} as never));
  const { rows } = await on.database.query(
    "select type, convert_from(body, 'utf8') as body from outbox where aggregate = 'account' order by time desc, id desc limit 1",
  );
  return `${rows[0]?.type.split('.').at(-1)} ${/[A-Z]+_[A-Z_]+/.exec(rows[0]?.body)?.[0] ?? ''}`.trim();
}

async function account(on: MonthWorld) {
  const { rows } = await on.database.query('select offering_id, tariff_id, offerings from rating_accounts');
  return rows[0];
}

async function abandon(on: MonthWorld, orderId: string): Promise<void> {
  const event = create(LineChangeAbandonedSchema, { orderId, lineId: 'line-1', reason: 'SAGA_TIMED_OUT' });
  await on.database.transaction((tx) => onLineChangeAbandoned.handle(event, tx, {} as never));
}

async function opened(): Promise<MonthWorld> {
  const on = await MonthWorld.open();
  for (const id of ['a', 'b']) await on.tariff(id, [perByte]);
  await on.tariff('dollars', [perByte], 'USD');
  await on.tariff('share', [{ name: 'share', metric: 'units', model: { case: 'percentage', value: { rate: '0.1' } } }]);
  expect(await ask(on, 'o1', 'a', at(1), OrderAction.ACTIVATE)).toBe('RatingAccountOpened');
  return on;
}

describe('a line that gets another offering', () => {
  it('IOT-9 has it from the effective time on; asked again the answer is the same; an order that failed is taken back', async () => {
    await using on = await opened();
    expect(await account(on)).toMatchObject({ offering_id: 'a-offering', offerings: null });
    expect(await ask(on, 'o2', 'b', at(11))).toBe('RatingAccountChanged');
    const changed = {
      offering_id: 'b-offering',
      tariff_id: 'b',
      offerings: [
        { offeringId: 'a-offering', tariffId: 'a', since: at(1).toISOString() },
        { offeringId: 'b-offering', tariffId: 'b', since: at(11).toISOString() },
      ],
    };
    expect(await account(on)).toEqual(changed);
    expect(await ask(on, 'o2', 'b', at(11))).toBe('RatingAccountChanged');
    expect(await account(on)).toEqual(changed);

    await abandon(on, 'o2');
    expect(await account(on)).toEqual({ offering_id: 'a-offering', tariff_id: 'a', offerings: null });
  });

  it('IOT-9 is refused a tariff that is not there, of another currency, or that no line can be priced by, and a closed month', async () => {
    await using on = await opened();
    expect(await ask(on, 'o2', 'nothing', at(11))).toBe('RatingAccountRefused TARIFF_NOT_FOUND');
    expect(await ask(on, 'o3', 'dollars', at(11))).toBe('RatingAccountRefused OFFERING_MISMATCH');
    expect(await ask(on, 'o4', 'share', at(11))).toBe('RatingAccountRefused TARIFF_INVALID');
    await on.close();
    expect(await ask(on, 'o5', 'b', at(11))).toBe('RatingAccountRefused PERIOD_CLOSED');
    expect(await account(on)).toEqual({ offering_id: 'a-offering', tariff_id: 'a', offerings: null });
  });
});
