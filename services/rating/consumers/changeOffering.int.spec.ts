import { create, type DescMessage } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { LineChangeAbandonedSchema, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { AddTariffVersionRequestSchema } from '#proto/rating/v1/tariff_service';
import type { Transaction } from '#shared/database/database';
import type { Command } from '#shared/rpc/context';
import { at, context, MonthWorld } from '../periods/testing/monthWorld.ts';
import { tariffService } from '../tariffs/rpc/tariffService.ts';
import { Turn } from '../testing/gatedDatabase.ts';
import { clock, timeZone } from '../testing/world.ts';
import { onLineChangeAbandoned } from './lineChangeAbandoned.ts';
import { onLineChangeRequested } from './lineChangeRequested.ts';

const perByte = { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const;

const share = { name: 'share', metric: 'units', model: { case: 'percentage', value: { rate: '0.1' } } } as const;

/** What an order asks of a line. */
function change(orderId: string, tariffId: string, time: Date, action: OrderAction) {
  const line = {
    id: 'line-1',
    business: 'iot',
    customerId: 'c',
    offeringId: 'a-offering',
    serviceNumber: '0101',
    apn: 'iot.kr',
  };
  return create(LineChangeRequestedSchema, {
    orderId,
    action,
    line,
    effectiveTime: timestampFromDate(time),
    tariffId,
    offeringId: action === OrderAction.CHANGE_OFFERING ? `${tariffId}-offering` : '',
  });
}

/** Asks for a change of a line's offering, or its activation; the event that answers. */
async function ask(
  on: MonthWorld,
  orderId: string,
  tariffId: string,
  time: Date,
  action: OrderAction = OrderAction.CHANGE_OFFERING,
) {
  const request = change(orderId, tariffId, time, action);
  await on.database.transaction((tx) => onLineChangeRequested(timeZone).handle(request, tx, {} as never));
  return lastAnswer(on);
}

async function lastAnswer(on: MonthWorld): Promise<string> {
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
  await on.tariff('share', [share]);
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

  it.each([
    ['comes first', 'RatingAccountRefused TARIFF_INVALID', true],
    ['comes behind it', 'RatingAccountOpened', false],
  ])(
    'IOT-9 a version that prices no line and an activation wait for each other: the version %s',
    async (_name, answer, versionFirst) => {
      await using on = await MonthWorld.open();
      const { database } = on;
      await on.tariff('a', [perByte]);
      const activate = () => ask(on, 'o1', 'a', at(1), OrderAction.ACTIVATE);
      const publish = () => database.transaction((tx) => addVersion(on, tx));
      const held = new Turn();
      const first = database.transaction(async (tx) => {
        if (versionFirst) await addVersion(on, tx);
        else
          await onLineChangeRequested(timeZone).handle(change('o1', 'a', at(1), OrderAction.ACTIVATE), tx, {} as never);
        await held.come;
      });
      await expect
        .poll(() => database.query("select from tariffs where id = 'a' for update skip locked"))
        .toMatchObject({ rowCount: 0 });
      const second = versionFirst ? activate() : publish();
      await expect.poll(() => waiting(on)).toBe(true);
      held.happen();
      await first;
      if (versionFirst) expect(await second).toBe(answer);
      else await expect(second).rejects.toMatchObject({ reason: 'TARIFF_INVALID' });
      expect(await lastAnswer(on)).toBe(answer);
    },
  );
});

async function addVersion(on: MonthWorld, tx: Transaction): Promise<unknown> {
  const { addTariffVersion } = tariffService({ database: on.database, clock, timeZone }).handlers;
  const { inTransaction } = addTariffVersion as Command<DescMessage, DescMessage>;
  const version = { effectiveTime: timestampFromDate(at(20)), components: [share] };
  return inTransaction(create(AddTariffVersionRequestSchema, { tariff: 'a', version }), tx, context);
}

async function waiting(on: MonthWorld): Promise<boolean> {
  const { rowCount } = await on.database.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rowCount > 0;
}
