import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  ChargeAccountChangedSchema,
  ChargeAccountClosedSchema,
  ChargeAccountOpenedSchema,
  ChargeAccountRefusedSchema,
} from '#proto/billing/v1/events';
import {
  LineActivatedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  LineOfferingChangedSchema,
  LineRestoredSchema,
  LineResumedSchema,
  LineSuspendedSchema,
  LineTerminatedSchema,
  OrderStateChangedSchema,
} from '#proto/ordering/v1/events';
import { type Line, LineState } from '#proto/ordering/v1/line';
import { LineService } from '#proto/ordering/v1/line_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { OrderAction, OrderState } from '#proto/ordering/v1/order';
import {
  RatingAccountChangedSchema,
  RatingAccountClosedSchema,
  RatingAccountOpenedSchema,
  RatingAccountRefusedSchema,
} from '#proto/rating/v1/events';
import { Counter } from '../../testing.ts';

const about = (line: Line) => ({ lineId: line.id, orderId: line.pendingOrderId });

async function activate(counter: Counter): Promise<Line> {
  const line = await counter.orderLine();
  await counter.handle(RatingAccountOpenedSchema, about(line));
  await counter.handle(ChargeAccountOpenedSchema, { ...about(line), accountId: 'account-1' });
  return counter.line(line.id);
}

test('IOT-1 ordering a line writes line, order and events, and asks with what the others need', async () => {
  await using counter = await Counter.open();
  const line = await counter.orderLine();
  expect(line).toMatchObject({ state: LineState.PENDING, business: 'iot', email: '', etag: '1' });
  expect(await counter.order(line.pendingOrderId)).toMatchObject({
    state: OrderState.PENDING,
    action: OrderAction.ACTIVATE,
    subjectId: line.id,
    history: [{ state: OrderState.PENDING }],
  });
  expect(await counter.events(OrderStateChangedSchema)).toMatchObject([
    { previousState: OrderState.UNSPECIFIED, subjectName: '01012345678', order: { state: OrderState.PENDING } },
  ]);
  expect(await counter.events(LineChangeRequestedSchema)).toMatchObject([
    {
      orderId: line.pendingOrderId,
      action: OrderAction.ACTIVATE,
      tariffId: 'meter-tariff',
      line: { id: line.id, state: LineState.PENDING, pendingOrderId: line.pendingOrderId },
    },
  ]);
});

test('IOT-1 both confirm: the order is COMPLETED, the line ACTIVE with billing’s account', async () => {
  await using counter = await Counter.open();
  const ordered = await counter.orderLine();
  await counter.handle(ChargeAccountOpenedSchema, { ...about(ordered), accountId: 'account-1' });
  expect((await counter.line(ordered.id)).state).toBe(LineState.PENDING);
  expect((await counter.order(ordered.pendingOrderId)).state).toBe(OrderState.PENDING);

  await counter.handle(RatingAccountOpenedSchema, about(ordered));
  expect(await counter.line(ordered.id)).toMatchObject({
    state: LineState.ACTIVE,
    accountId: 'account-1',
    pendingOrderId: '',
    etag: '2',
  });
  const order = await counter.order(ordered.pendingOrderId);
  expect(order).toMatchObject({ state: OrderState.COMPLETED, stateReason: '' });
  expect(order.history.map(({ state }) => state)).toEqual([OrderState.PENDING, OrderState.COMPLETED]);
  expect(await counter.events(LineActivatedSchema)).toMatchObject([
    { orderId: order.id, line: { state: LineState.ACTIVE, accountId: 'account-1' } },
  ]);
});

test('IOT-1 confirmations that come twice or late change nothing', async () => {
  await using counter = await Counter.open();
  const ordered = await counter.orderLine();
  await counter.handle(RatingAccountOpenedSchema, about(ordered));
  await counter.handle(RatingAccountOpenedSchema, about(ordered));
  expect((await counter.line(ordered.id)).state).toBe(LineState.PENDING);
  await counter.handle(ChargeAccountOpenedSchema, { ...about(ordered), accountId: 'account-1' });
  const active = await counter.line(ordered.id);
  await counter.handle(ChargeAccountOpenedSchema, { ...about(ordered), accountId: 'account-2' });
  await counter.handle(RatingAccountRefusedSchema, { ...about(ordered), reason: 'PERIOD_CLOSED' });
  expect(await counter.line(ordered.id)).toEqual(active);
  expect((await counter.order(ordered.pendingOrderId)).state).toBe(OrderState.COMPLETED);
  expect(await counter.events(LineActivatedSchema)).toHaveLength(1);
});

test('IOT-1 one refuses: the order is FAILED with the reason, and the other is told to take it back', async () => {
  await using counter = await Counter.open();
  const ordered = await counter.orderLine();
  await counter.handle(ChargeAccountOpenedSchema, { ...about(ordered), accountId: 'account-1' });
  await counter.handle(RatingAccountRefusedSchema, { ...about(ordered), reason: 'SERVICE_NUMBER_IN_USE' });
  expect(await counter.line(ordered.id)).toMatchObject({ state: LineState.FAILED, pendingOrderId: '', accountId: '' });
  expect(await counter.order(ordered.pendingOrderId)).toMatchObject({
    state: OrderState.FAILED,
    stateReason: 'SERVICE_NUMBER_IN_USE',
  });
  expect(await counter.events(LineChangeAbandonedSchema)).toMatchObject([
    { ...about(ordered), action: OrderAction.ACTIVATE, reason: 'SERVICE_NUMBER_IN_USE' },
  ]);
  // What billing takes back is answered like a termination, and the saga is over.
  await counter.handle(ChargeAccountClosedSchema, { ...about(ordered), reason: 'SERVICE_NUMBER_IN_USE' });
  expect((await counter.line(ordered.id)).state).toBe(LineState.FAILED);
});

test('IOT-1 silence past the time limit: FAILED, and a confirmation after that changes nothing', async () => {
  await using counter = await Counter.open({ limitMs: 100 });
  const ordered = await counter.orderLine();
  await counter.handle(RatingAccountOpenedSchema, about(ordered));
  await counter.driveSagas();
  expect((await counter.order(ordered.pendingOrderId)).state).toBe(OrderState.PENDING);

  await setTimeout(150);
  await counter.driveSagas();
  const failed = await counter.line(ordered.id);
  expect(failed).toMatchObject({ state: LineState.FAILED, pendingOrderId: '' });
  expect(await counter.order(ordered.pendingOrderId)).toMatchObject({ stateReason: 'SAGA_TIMED_OUT' });

  await counter.handle(ChargeAccountOpenedSchema, { ...about(ordered), accountId: 'account-1' });
  await counter.driveSagas();
  expect(await counter.line(ordered.id)).toEqual(failed);
  expect(await counter.events(LineActivatedSchema)).toHaveLength(0);
  expect(await counter.events(LineChangeAbandonedSchema)).toHaveLength(1);
});

test('IOT-2 suspend, resume, terminate, restore: each waits for both and moves the line', async () => {
  await using counter = await Counter.open();
  const { id } = await activate(counter);
  const steps = [
    ['suspendLine', LineState.SUSPENDED, LineSuspendedSchema],
    ['resumeLine', LineState.ACTIVE, LineResumedSchema],
    ['terminateLine', LineState.TERMINATED, LineTerminatedSchema],
    ['restoreLine', LineState.ACTIVE, LineRestoredSchema],
  ] as const;
  for (const [method, state, schema] of steps) {
    counter.now = new Date(counter.now.getTime() + 60_000);
    const order = await counter.call(LineService, method, { line: id });
    expect(order.state).toBe(OrderState.PENDING);
    const closing = method === 'terminateLine';
    const answered = { lineId: id, orderId: order.id };
    await counter.handle(closing ? RatingAccountClosedSchema : RatingAccountChangedSchema, answered);
    expect((await counter.order(order.id)).state).toBe(OrderState.PENDING);
    await counter.handle(closing ? ChargeAccountClosedSchema : ChargeAccountChangedSchema, answered);
    expect((await counter.order(order.id)).state).toBe(OrderState.COMPLETED);
    expect(await counter.line(id)).toMatchObject({ state, pendingOrderId: '', accountId: 'account-1' });
    expect(await counter.events(schema)).toMatchObject([{ orderId: order.id, line: { id, state } }]);
  }
});

test('IOT-2 a refused change leaves the line as it was, and free for the next one', async () => {
  await using counter = await Counter.open();
  const active = await activate(counter);
  const order = await counter.call(LineService, 'suspendLine', { line: active.id });
  await expect(counter.call(LineService, 'terminateLine', { line: active.id })).rejects.toMatchObject({
    reason: 'LINE_CHANGE_IN_PROGRESS',
    metadata: { order_id: order.id },
  });
  await counter.handle(ChargeAccountRefusedSchema, { lineId: active.id, orderId: order.id, reason: 'PERIOD_CLOSED' });
  expect(await counter.order(order.id)).toMatchObject({ state: OrderState.FAILED, stateReason: 'PERIOD_CLOSED' });
  expect(await counter.line(active.id)).toMatchObject({ state: LineState.ACTIVE, pendingOrderId: '' });
  await counter.call(LineService, 'terminateLine', { line: active.id });
});

test('IOT-9 a change of offering waits for both: then the line has it, in the state it was in', async () => {
  await using counter = await Counter.open();
  const { id, customerId } = await activate(counter);
  const offeringId = await counter.newOffering('tracker');
  counter.now = new Date(counter.now.getTime() + 60_000);
  const order = await counter.call(LineService, 'changeLineOffering', { line: id, offeringId });
  expect(order).toMatchObject({
    state: OrderState.PENDING,
    action: OrderAction.CHANGE_OFFERING,
    offeringId,
    customerId,
  });
  expect((await counter.events(LineChangeRequestedSchema)).at(-1)).toMatchObject({
    action: OrderAction.CHANGE_OFFERING,
    offeringId,
    tariffId: 'meter-tariff',
    line: { offeringId: 'meter' },
  });
  await counter.handle(RatingAccountChangedSchema, { lineId: id, orderId: order.id });
  expect((await counter.line(id)).offeringId).toBe('meter');
  await counter.handle(ChargeAccountChangedSchema, { lineId: id, orderId: order.id });
  expect(await counter.line(id)).toMatchObject({ offeringId, state: LineState.ACTIVE, pendingOrderId: '' });
  expect((await counter.order(order.id)).state).toBe(OrderState.COMPLETED);
  expect(await counter.events(LineOfferingChangedSchema)).toMatchObject([
    { orderId: order.id, line: { id, offeringId } },
  ]);
  // What follows is asked with the offering and tariff that the line has now.
  const suspension = await counter.call(LineService, 'suspendLine', { line: id });
  expect(suspension.offeringId).toBe(offeringId);
});

test('IOT-9 a change of offering that rating refuses leaves the line with what it had', async () => {
  await using counter = await Counter.open();
  const { id } = await activate(counter);
  const offeringId = await counter.newOffering('tracker');
  const order = await counter.call(LineService, 'changeLineOffering', { line: id, offeringId });
  await counter.handle(RatingAccountRefusedSchema, { lineId: id, orderId: order.id, reason: 'OFFERING_MISMATCH' });
  expect(await counter.order(order.id)).toMatchObject({ state: OrderState.FAILED, stateReason: 'OFFERING_MISMATCH' });
  expect(await counter.line(id)).toMatchObject({ offeringId: 'meter', pendingOrderId: '' });
});

test('IOT-9 an offering that the line has, that is of another business or kind, or that is not there, is refused', async () => {
  await using counter = await Counter.open();
  const { id, etag } = await activate(counter);
  const goods = await counter.newOffering('sensor', OfferingKind.GOODS);
  const foreign = await counter.newOffering('foreign', OfferingKind.LINE, 'else');
  const call = (offeringId: string) => counter.call(LineService, 'changeLineOffering', { line: id, offeringId });
  await expect(call('meter')).rejects.toMatchObject({ reason: 'OFFERING_UNCHANGED' });
  await expect(call(goods)).rejects.toMatchObject({ reason: 'OFFERING_MISMATCH', metadata: { kind: 'GOODS' } });
  await expect(call(foreign)).rejects.toMatchObject({ reason: 'OFFERING_MISMATCH', metadata: { business: 'else' } });
  await expect(call('nothing')).rejects.toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
  expect((await counter.line(id)).etag).toBe(etag);
});
