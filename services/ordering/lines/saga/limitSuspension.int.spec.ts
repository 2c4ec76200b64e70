import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChargeAccountChangedSchema, ChargeAccountOpenedSchema } from '#proto/billing/v1/events';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { LineState } from '#proto/ordering/v1/line';
import { LineService } from '#proto/ordering/v1/line_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { OrderAction, OrderState } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import {
  RatingAccountChangedSchema,
  RatingAccountOpenedSchema,
  SpendingLimitReachedSchema,
} from '#proto/rating/v1/events';
import { Counter } from '../../testing.ts';

async function activeLine(counter: Counter): Promise<string> {
  const line = await counter.orderLine();
  const about = { lineId: line.id, orderId: line.pendingOrderId };
  await counter.handle(RatingAccountOpenedSchema, about);
  await counter.handle(ChargeAccountOpenedSchema, { ...about, accountId: 'account-1' });
  counter.now = new Date(counter.now.getTime() + 60_000);
  return line.id;
}

async function confirm(counter: Counter, lineId: string): Promise<string> {
  const orderId = (await counter.line(lineId)).pendingOrderId;
  await counter.handle(RatingAccountChangedSchema, { lineId, orderId });
  await counter.handle(ChargeAccountChangedSchema, { lineId, orderId });
  return orderId;
}

const reached = (lineId: string, more: object = {}) => ({ lineId, period: '2026-11', suspend: true, ...more });

test('IOT-2 a line that has reached its limit is suspended by an order that says why; it can be resumed', async () => {
  await using counter = await Counter.open();
  const lineId = await activeLine(counter);
  await counter.handle(SpendingLimitReachedSchema, reached(lineId));
  const suspending = await counter.line(lineId);
  expect(suspending).toMatchObject({ state: LineState.ACTIVE, pendingOrderId: expect.stringMatching(/./) });
  expect((await counter.events(LineChangeRequestedSchema)).at(-1)).toMatchObject({ action: OrderAction.SUSPEND });

  const order = await counter.order(await confirm(counter, lineId));
  expect(order).toMatchObject({ state: OrderState.COMPLETED, stateReason: 'SPENDING_LIMIT_REACHED' });
  expect(order.history).toMatchObject([
    { state: OrderState.PENDING, reason: 'SPENDING_LIMIT_REACHED' },
    { state: OrderState.COMPLETED, reason: 'SPENDING_LIMIT_REACHED' },
  ]);
  expect((await counter.line(lineId)).state).toBe(LineState.SUSPENDED);

  await counter.call(LineService, 'resumeLine', { line: lineId });
  await confirm(counter, lineId);
  await counter.handle(SpendingLimitReachedSchema, reached(lineId));
  expect(await counter.line(lineId)).toMatchObject({ state: LineState.ACTIVE, pendingOrderId: '' });
  await counter.handle(SpendingLimitReachedSchema, reached(lineId, { period: '2026-12' }));
  expect((await counter.line(lineId)).pendingOrderId).not.toBe('');
});

test('IOT-2 it waits for an order that is changing the line', async () => {
  await using counter = await Counter.open();
  const lineId = await activeLine(counter);
  await counter.call(CatalogService, 'createOffering', {
    offering: { id: 'other', business: 'iot', kind: OfferingKind.LINE, displayName: 'other', tariffId: 't' },
  });
  await counter.call(LineService, 'changeLineOffering', { line: lineId, offeringId: 'other' });
  await counter.handle(SpendingLimitReachedSchema, reached(lineId));
  const other = await confirm(counter, lineId);
  expect((await counter.order(other)).action).toBe(OrderAction.CHANGE_OFFERING);
  await expect
    .poll(async () => {
      await counter.driveSagas();
      return (await counter.line(lineId)).pendingOrderId;
    })
    .not.toBe('');
  await confirm(counter, lineId);
  expect((await counter.line(lineId)).state).toBe(LineState.SUSPENDED);
});

test('IOT-2 a line that is not in service, or whose offering does not want it, stays as it is', async () => {
  await using counter = await Counter.open();
  const lineId = await activeLine(counter);
  await counter.handle(SpendingLimitReachedSchema, reached(lineId, { suspend: false }));
  expect((await counter.line(lineId)).pendingOrderId).toBe('');
  await counter.call(LineService, 'suspendLine', { line: lineId });
  await confirm(counter, lineId);
  await counter.handle(SpendingLimitReachedSchema, reached(lineId));
  await counter.handle(SpendingLimitReachedSchema, reached('nobody'));
  await setTimeout(10);
  await counter.driveSagas();
  const { orders } = await counter.call(OrderService, 'listOrders', {});
  expect(orders.map(({ action }) => action).toSorted()).toEqual([OrderAction.ACTIVATE, OrderAction.SUSPEND].toSorted());
});

test('IOT-2 orders of a line tell rating the limit that its offering sets', async () => {
  await using counter = await Counter.open();
  const spendingLimit = { amount: { currency: 'KRW', amount: '50000.0' }, suspend: true };
  const head = {
    id: 'meter',
    business: 'iot',
    kind: OfferingKind.LINE,
    displayName: 'Meter',
    tariffId: 'meter-tariff',
  };
  const create = (offering: object) => counter.call(CatalogService, 'createOffering', { offering });
  for (const wrong of [
    { ...head, kind: OfferingKind.GOODS, spendingLimit },
    { ...head, spendingLimit: {} },
  ]) {
    await expect(create(wrong)).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  }
  const nothing = { amount: { currency: 'KRW', amount: '0' } };
  await expect(create({ ...head, spendingLimit: nothing })).rejects.toMatchObject({
    violations: [{ field: 'offering.spending_limit.amount' }],
  });
  const made = await create({ ...head, spendingLimit });
  expect(made.spendingLimit).toMatchObject({ amount: { currency: 'KRW', amount: '50000' }, suspend: true });
  expect(await counter.call(CatalogService, 'getOffering', { offering: 'meter' })).toEqual(made);
  expect((await counter.call(CatalogService, 'listOfferings', {})).offerings).toContainEqual(made);

  const update = (limit: object | undefined, ...paths: string[]) =>
    counter.call(CatalogService, 'updateOffering', {
      offering: { id: 'meter', spendingLimit: limit },
      updateMask: { paths },
    });
  expect(await update({ amount: { currency: 'KRW', amount: '50000.00' }, suspend: true })).toMatchObject({ etag: '1' });
  expect(await update({ suspend: false }, 'spending_limit.suspend')).toMatchObject({
    spendingLimit: { amount: { amount: '50000' }, suspend: false },
    etag: '2',
  });
  const customerId = await counter.newCustomer();
  const line = { customerId, offeringId: 'meter', serviceNumber: '1', apn: 'iot.kr' };
  await counter.call(LineService, 'createLine', { line });
  expect(await update(undefined, 'spending_limit')).toMatchObject({ etag: '3' });
  expect((await counter.call(CatalogService, 'getOffering', { offering: 'meter' })).spendingLimit).toBeUndefined();
  await counter.call(LineService, 'createLine', { line: { ...line, serviceNumber: '2' } });
  expect(
    (await counter.events(LineChangeRequestedSchema)).map(({ spendingLimit: limit }) => limit?.amount?.amount),
  ).toEqual(['50000', undefined]);
});
