import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { ChargeAccountOpenedSchema } from '#proto/billing/v1/events';
import { LineChangeRequestedSchema, LineUpdatedSchema, OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { LineState } from '#proto/ordering/v1/line';
import { LineService } from '#proto/ordering/v1/line_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { OrderState } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { RatingAccountOpenedSchema } from '#proto/rating/v1/events';
import { Counter, customer, operator } from '../../testing.ts';

const at = (text: string) => timestampFromDate(new Date(text));

async function activeLine(counter: Counter) {
  const line = await counter.orderLine();
  const about = { lineId: line.id, orderId: line.pendingOrderId };
  await counter.handle(RatingAccountOpenedSchema, about);
  await counter.handle(ChargeAccountOpenedSchema, about);
  return counter.line(line.id);
}

describe('IOT-1 ordering a line', () => {
  test('without customer or offering, or with one of another kind, it is refused and nothing is written', async () => {
    await using counter = await Counter.open();
    const customerId = await counter.newCustomer();
    const offeringId = await counter.newOffering();
    const goods = await counter.newOffering('sensor', OfferingKind.GOODS);
    const order = (line: object) =>
      counter.call(LineService, 'createLine', {
        line: { customerId, offeringId, serviceNumber: '01012345678', apn: 'iot.kr', ...line },
      });
    await expect(order({ customerId: 'nobody' })).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    await expect(order({ offeringId: 'nothing' })).rejects.toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
    await expect(order({ offeringId: goods })).rejects.toMatchObject({ reason: 'OFFERING_KIND_MISMATCH' });
    await expect(order({ activateTime: at('2027-01-01T00:00:00Z') })).rejects.toMatchObject({
      reason: 'EFFECTIVE_TIME_INVALID',
      violations: [{ field: 'line.activate_time' }],
    });
    expect((await counter.call(LineService, 'listLines', {})).lines).toEqual([]);
    expect(await counter.events(OrderStateChangedSchema)).toEqual([]);
  });

  test('an operator may set a past activation, a customer may not', async () => {
    await using counter = await Counter.open();
    const customerId = await counter.newCustomer();
    const offeringId = await counter.newOffering();
    const activateTime = at('2026-11-01T00:00:00Z');
    const line = { customerId, offeringId, serviceNumber: '01012345678', apn: 'iot.kr', activateTime };
    counter.caller = customer(customerId);
    await expect(counter.call(LineService, 'createLine', { line })).rejects.toMatchObject({
      reason: 'EFFECTIVE_TIME_INVALID',
    });
    counter.caller = operator;
    expect(await counter.call(LineService, 'createLine', { line })).toMatchObject({ activateTime });
    expect(await counter.events(LineChangeRequestedSchema)).toMatchObject([{ effectiveTime: activateTime }]);
  });
});

describe('IOT-2 commands', () => {
  test('refused ones name the state and change nothing', async () => {
    await using counter = await Counter.open();
    const line = await activeLine(counter);
    const call = (request: object) => counter.call(LineService, 'suspendLine', { line: line.id, ...request });
    await expect(counter.call(LineService, 'resumeLine', { line: line.id })).rejects.toMatchObject({
      reason: 'LINE_STATE_FORBIDS',
      metadata: { state: 'ACTIVE', action: 'RESUME' },
    });
    await expect(call({ line: 'no-line' })).rejects.toMatchObject({ reason: 'LINE_NOT_FOUND' });
    await expect(call({ etag: '1' })).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    for (const time of ['2026-11-10T02:59:59Z', '2026-11-10T03:00:01Z', '0001-01-01T00:00:00Z']) {
      await expect(call({ effectiveTime: at(time) })).rejects.toMatchObject({ reason: 'EFFECTIVE_TIME_INVALID' });
    }
    await expect(call({ effectiveTime: { seconds: 10n ** 17n, nanos: 0 } })).rejects.toMatchObject({
      reason: 'EFFECTIVE_TIME_INVALID',
    });
    expect(await counter.line(line.id)).toEqual(line);
    expect((await counter.call(OrderService, 'listOrders', { subjectId: line.id })).orders).toHaveLength(1);
  });

  test('with the present etag, in the body or as If-Match, it is taken', async () => {
    await using counter = await Counter.open();
    const line = await activeLine(counter);
    const order = await counter.call(
      LineService,
      'suspendLine',
      { line: line.id, effectiveTime: at('2026-11-10T03:00:00Z') },
      { ifMatch: `"${line.etag}"` },
    );
    expect(order.effectiveTime).toEqual(at('2026-11-10T03:00:00Z'));
    expect((await counter.line(line.id)).pendingOrderId).toBe(order.id);
  });
});

describe('IOT-5 a customer looks up a line and changes it', () => {
  test('where its documents go, field by field', async () => {
    await using counter = await Counter.open();
    const { id } = await activeLine(counter);
    const update = (line: object, ...paths: string[]) =>
      counter.call(LineService, 'updateLine', { line: { id, ...line }, updateMask: { paths } });
    expect(await update({ email: 'bills@example.com', address: 'Busan' }, 'email')).toMatchObject({
      email: 'bills@example.com',
      address: '',
    });
    // Without a mask: whatever is set.
    expect(await update({ address: 'Busan' })).toMatchObject({ email: 'bills@example.com', address: 'Busan' });
    // An empty value under a mask goes back to the customer's own.
    expect(await update({}, 'email')).toMatchObject({ email: '', address: 'Busan' });
    const same = await update({ address: 'Busan' });
    expect(same.etag).toBe((await counter.line(id)).etag);
    expect(await counter.events(LineUpdatedSchema)).toMatchObject([
      { line: { email: 'bills@example.com', address: '' } },
      { line: { email: 'bills@example.com', address: 'Busan' } },
      { line: { email: '', address: 'Busan' } },
    ]);
  });

  test('a broken value, a foreign field or a stale etag is refused', async () => {
    await using counter = await Counter.open();
    const { id } = await activeLine(counter);
    const update = (line: object, ...paths: string[]) =>
      counter.call(LineService, 'updateLine', { line: { id, ...line }, updateMask: { paths } });
    await expect(update({ email: 'not an address' }, 'email')).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
      violations: [{ field: 'line.email' }],
    });
    await expect(update({ apn: 'other' }, 'apn')).rejects.toMatchObject({ violations: [{ field: 'update_mask' }] });
    await expect(update({ address: 'Busan', etag: '1' })).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    await expect(counter.call(LineService, 'updateLine', {})).rejects.toMatchObject({
      violations: [{ field: 'line' }],
    });
  });

  test('MESH-8 another customer’s line and order are not found', async () => {
    await using counter = await Counter.open();
    const line = await activeLine(counter);
    const { orders } = await counter.call(OrderService, 'listOrders', {});
    const stranger = await counter.newCustomer('이서준');
    counter.caller = customer(stranger);
    const notFound = { reason: 'LINE_NOT_FOUND' };
    await expect(counter.line(line.id)).rejects.toMatchObject(notFound);
    await expect(counter.call(LineService, 'suspendLine', { line: line.id })).rejects.toMatchObject(notFound);
    await expect(
      counter.call(LineService, 'updateLine', { line: { id: line.id, address: 'x' } }),
    ).rejects.toMatchObject(notFound);
    await expect(counter.order(orders[0]?.id ?? '')).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
    counter.caller = customer(line.customerId);
    expect((await counter.line(line.id)).id).toBe(line.id);
    expect((await counter.order(orders[0]?.id ?? '')).id).toBe(orders[0]?.id);
  });
});

test('lists come in pages, each entry once, and by filter', async () => {
  await using counter = await Counter.open();
  const customerId = await counter.newCustomer();
  const offeringId = await counter.newOffering();
  const ids: string[] = [];
  for (const serviceNumber of ['0100', '0101', '0102', '0103', '0104']) {
    const line = { customerId, offeringId, serviceNumber, apn: 'iot.kr' };
    ids.push((await counter.call(LineService, 'createLine', { line })).id);
  }
  const seen: string[] = [];
  let pageToken = '';
  do {
    const page = await counter.call(LineService, 'listLines', { customerId, pageSize: 2, pageToken });
    seen.push(...page.lines.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(seen).toEqual(ids);
  const filtered = await counter.call(LineService, 'listLines', { serviceNumber: '0103', state: LineState.PENDING });
  expect(filtered.lines.map(({ id }) => id)).toEqual([ids[3]]);
  expect((await counter.call(LineService, 'listLines', { state: LineState.ACTIVE })).lines).toEqual([]);

  const first = await counter.call(OrderService, 'listOrders', { customerId, pageSize: 3 });
  const second = await counter.call(OrderService, 'listOrders', {
    customerId,
    pageSize: 3,
    pageToken: first.nextPageToken,
  });
  expect([...first.orders, ...second.orders].map(({ subjectId }) => subjectId)).toEqual(ids.toReversed());
  const pending = await counter.call(OrderService, 'listOrders', { business: 'iot', state: OrderState.PENDING });
  expect(pending.orders).toHaveLength(5);
  await expect(counter.call(LineService, 'listLines', { pageToken: 'nonsense' })).rejects.toMatchObject({
    reason: 'PAGE_TOKEN_INVALID',
  });
});
