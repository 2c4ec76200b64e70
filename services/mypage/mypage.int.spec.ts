import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { BalanceCause } from '#proto/billing/v1/entry';
import { AccountOpenedSchema, BalanceChangedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { GetMypageRequestSchema, ListTimelineRequestSchema } from '#proto/mypage/v1/mypage_service';
import { DeliveryState } from '#proto/ordering/v1/delivery';
import {
  ContentReadSchema,
  CustomerChangedSchema,
  DeliveryStateChangedSchema,
  LineActivatedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  OrderStateChangedSchema,
  PurchaseCancelledSchema,
  PurchaseCompletedSchema,
} from '#proto/ordering/v1/events';
import { LineState } from '#proto/ordering/v1/line';
import { OrderAction, OrderKind, OrderState } from '#proto/ordering/v1/order';
import { storeKinds } from './store/store.ts';
import { Desk } from './testing/desk.ts';

const customer = { id: 'c1', displayName: '김민지', email: 'minji@example.com' };
const order = { id: 'o1', customerId: 'c1', subjectId: 'l1', action: OrderAction.ACTIVATE };
const line = { id: 'l1', customerId: 'c1', serviceNumber: '01012345678' };
const invoice = {
  id: 'i1',
  number: 'IOT-00000001',
  customerId: 'c1',
  period: '2026-11',
  total: { currency: 'KRW', amount: '10890' },
};
const activation = timestampFromDate(new Date('2026-11-01T00:00:00Z'));

const page = (desk: Desk, id = 'c1') => desk.get(create(GetMypageRequestSchema, { customer: id }));
const timeline = (desk: Desk, pageSize = 0, pageToken = '') =>
  desk.timeline(create(ListTimelineRequestSchema, { customer: 'c1', pageSize, pageToken }));

const won = (amount: string) => ({ currency: 'KRW', amount });
const account = { id: 'a1', customerId: 'c1', currency: 'KRW' };
const purchase = {
  id: 'o2',
  customerId: 'c1',
  offeringId: 'potato',
  kind: OrderKind.GOODS,
  action: OrderAction.PURCHASE,
  quantity: 10n,
  total: won('10000'),
};
const delivery = { id: 'd1', orderId: 'o2', customerId: 'c1', offeringId: 'potato', quantity: 10n };

/** A change of the balance to `balance`, by an entry of `amount` if there is one. */
function moved(cause: BalanceCause, balance: string, amount?: string) {
  const entry = { accountId: 'a1', cause, amount: won(amount ?? ''), balance: won(balance) };
  return { account: { ...account, balance: won(balance) }, cause, ...(amount === undefined ? {} : { entry }) };
}

/** A customer's first month. */
async function month(desk: Desk): Promise<void> {
  await desk.handle(CustomerChangedSchema, { customer }, '2026-11-01T00:00:00Z');
  const pending = { order: { ...order, state: OrderState.PENDING }, subjectName: line.serviceNumber };
  await desk.handle(OrderStateChangedSchema, pending, '2026-11-01T00:00:01Z');
  const asked = { ...line, state: LineState.PENDING, pendingOrderId: 'o1' };
  await desk.handle(LineChangeRequestedSchema, { orderId: 'o1', line: asked }, '2026-11-01T00:00:01Z');
  const done = { order: { ...order, state: OrderState.COMPLETED }, subjectName: line.serviceNumber };
  await desk.handle(OrderStateChangedSchema, done, '2026-11-01T00:00:02Z');
  const active = { orderId: 'o1', line: { ...line, state: LineState.ACTIVE }, effectiveTime: activation };
  await desk.handle(LineActivatedSchema, active, '2026-11-01T00:00:02Z');
  await desk.handle(InvoiceIssuedSchema, { invoice }, '2026-12-01T00:00:00Z');
}

describe.each(storeKinds)('in the store %s', (kind) => {
  test('MESH-4 my page shows customer, lines, orders and invoices as the events tell them', async () => {
    await using desk = await Desk.open(kind);
    await month(desk);
    expect(await page(desk)).toMatchObject({
      customer,
      lines: [{ id: 'l1', state: LineState.ACTIVE }],
      orders: [{ id: 'o1', state: OrderState.COMPLETED }],
      invoices: [{ id: 'i1', total: { amount: '10890' } }],
      lineCount: 1,
      orderCount: 1,
      invoiceCount: 1,
    });
  });

  test('MESH-4 the timeline tells it newest first, in pages', async () => {
    await using desk = await Desk.open(kind);
    await month(desk);
    const texts = [
      'Invoice IOT-00000001 for 2026-11: 10,890 KRW',
      '01012345678 is in service since 2026-11-01 09:00',
      'Activation of 01012345678 is done',
      'Activation of 01012345678 was ordered',
      'Welcome, 김민지',
    ];
    const all = await timeline(desk);
    expect(all.timeline.map(({ text }) => text)).toEqual(texts);
    expect(all.timeline[0]).toMatchObject({ event: 'InvoiceIssued', subjectId: 'i1' });
    const first = await timeline(desk, 3);
    const second = await timeline(desk, 3, first.nextPageToken);
    expect([...first.timeline, ...second.timeline]).toEqual(all.timeline);
    expect(second.nextPageToken).toBe('');
    const madeUp = Buffer.from('["-200000-01-01T00:00:00Z","x"]').toString('base64url');
    await expect(timeline(desk, 3, madeUp)).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  });

  test('MESH-3 an event that comes twice is on the timeline once', async () => {
    await using desk = await Desk.open(kind);
    const id = await desk.handle(InvoiceIssuedSchema, { invoice }, '2026-12-01T00:00:00Z');
    await desk.handle(InvoiceIssuedSchema, { invoice }, '2026-12-01T00:00:00Z', { id });
    expect((await timeline(desk)).timeline).toHaveLength(1);
    expect((await page(desk)).invoiceCount).toBe(1);
  });

  test('MESH-3 an old event that was parked and comes late does not undo a newer one, but is on the timeline', async () => {
    await using desk = await Desk.open(kind);
    await month(desk);
    const late = { order: { ...order, state: OrderState.PENDING }, subjectName: line.serviceNumber };
    await desk.handle(OrderStateChangedSchema, late, '2026-10-31T00:00:00Z', { sequence: 1n });
    const renamed = { customer: { ...customer, displayName: 'Old name' } };
    await desk.handle(CustomerChangedSchema, renamed, '2026-10-31T00:00:00Z', { sequence: 0n });
    expect(await page(desk)).toMatchObject({ customer, orders: [{ state: OrderState.COMPLETED }] });
    expect((await timeline(desk)).timeline).toHaveLength(7);
  });

  test('an invoice that arrives before its customer opens the page', async () => {
    await using desk = await Desk.open(kind);
    await expect(page(desk)).rejects.toMatchObject({ reason: 'MYPAGE_NOT_FOUND' });
    await expect(timeline(desk)).rejects.toMatchObject({ reason: 'MYPAGE_NOT_FOUND' });
    await desk.handle(InvoiceIssuedSchema, { invoice }, '2026-12-01T00:00:00Z');
    expect(await page(desk)).toMatchObject({ customer: { id: 'c1' }, invoices: [{ id: 'i1' }], lines: [] });
    await desk.handle(CustomerChangedSchema, { customer }, '2026-12-01T00:00:01Z');
    expect(await page(desk)).toMatchObject({ customer, invoices: [{ id: 'i1' }] });
    expect((await timeline(desk)).timeline[0]?.text).toBe('Welcome, 김민지');
  });

  test('IOT-1 a failed activation shows a FAILED line that no order is changing', async () => {
    await using desk = await Desk.open(kind);
    const asked = { ...line, state: LineState.PENDING, pendingOrderId: 'o1' };
    await desk.handle(LineChangeRequestedSchema, { orderId: 'o1', line: asked }, '2026-11-01T00:00:01Z');
    const abandoned = { orderId: 'o1', lineId: 'l1', action: OrderAction.ACTIVATE };
    await desk.handle(LineChangeAbandonedSchema, { ...abandoned, orderId: 'another' }, '2026-11-01T00:00:02Z');
    expect((await page(desk)).lines).toMatchObject([{ state: LineState.PENDING, pendingOrderId: 'o1' }]);
    await desk.handle(LineChangeAbandonedSchema, abandoned, '2026-11-01T00:00:02Z');
    expect((await page(desk)).lines).toMatchObject([{ state: LineState.FAILED, pendingOrderId: '' }]);
  });

  test('an event without its customer is malformed, and so is parked', async () => {
    await using desk = await Desk.open(kind);
    const broken = { invoice: { ...invoice, customerId: '' } };
    await expect(desk.handle(InvoiceIssuedSchema, broken, '2026-12-01T00:00:00Z')).rejects.toMatchObject({
      reason: 'EVENT_MALFORMED',
    });
  });

  test('SHOP-5 purchases, deliveries and balances are on my page, and their story on the timeline', async () => {
    await using desk = await Desk.open(kind);
    await desk.handle(AccountOpenedSchema, { account: { ...account, balance: won('0') } }, '2026-11-01T00:00:00Z');
    await desk.handle(BalanceChangedSchema, moved(BalanceCause.TOP_UP, '999999', '999999'), '2026-11-01T00:00:01Z');
    const pending = { order: { ...purchase, state: OrderState.PENDING }, subjectName: '감자' };
    await desk.handle(OrderStateChangedSchema, pending, '2026-11-01T00:00:02Z');
    await desk.handle(BalanceChangedSchema, moved(BalanceCause.RESERVE, '999999'), '2026-11-01T00:00:03Z');
    await desk.handle(BalanceChangedSchema, moved(BalanceCause.COMMIT, '989999', '-10000'), '2026-11-01T00:00:04Z');
    const done = { ...purchase, state: OrderState.COMPLETED };
    await desk.handle(OrderStateChangedSchema, { order: done, subjectName: '감자' }, '2026-11-01T00:00:05Z');
    await desk.handle(PurchaseCompletedSchema, { order: done, offeringName: '감자' }, '2026-11-01T00:00:05.001Z');
    const ready = { ...delivery, state: DeliveryState.READY };
    await desk.handle(
      DeliveryStateChangedSchema,
      { delivery: ready, offeringName: '감자' },
      '2026-11-01T00:00:05.002Z',
    );
    expect(await page(desk)).toMatchObject({
      orders: [{ id: 'o2', state: OrderState.COMPLETED, kind: OrderKind.GOODS, quantity: 10n }],
      deliveries: [{ id: 'd1', state: DeliveryState.READY }],
      balances: [{ id: 'a1', balance: won('989999') }],
      orderCount: 1,
      deliveryCount: 1,
      balanceCount: 1,
    });
    expect((await timeline(desk)).timeline.map(({ text }) => text)).toEqual([
      'Delivery of 10 × 감자 is being prepared',
      'Bought 10 × 감자 for 10,000 KRW',
      'Paid 10,000 KRW; balance 989,999 KRW',
      'Purchase of 감자 was ordered',
      'Topped up 999,999 KRW; balance 999,999 KRW',
    ]);

    await desk.handle(
      DeliveryStateChangedSchema,
      { delivery: { ...delivery, state: DeliveryState.CANCELLED }, offeringName: '감자' },
      '2026-11-01T00:00:06Z',
    );
    await desk.handle(BalanceChangedSchema, moved(BalanceCause.REFUND, '999999', '10000'), '2026-11-01T00:00:07Z');
    const cancelled = { order: { ...purchase, state: OrderState.CANCELLED }, offeringName: '감자' };
    await desk.handle(PurchaseCancelledSchema, cancelled, '2026-11-01T00:00:08Z');
    expect((await timeline(desk)).timeline.slice(0, 3).map(({ text }) => text)).toEqual([
      'Purchase of 10 × 감자 was cancelled; given back: 10,000 KRW',
      'Got back 10,000 KRW; balance 999,999 KRW',
      'Delivery of 10 × 감자 was cancelled',
    ]);
  });

  test('TOON-5 what was read is on my page, each version once', async () => {
    await using desk = await Desk.open(kind);
    const read = { orderId: 'o3', customerId: 'c1', offeringId: 'episode-1', offeringName: '1화', version: 1 };
    const id = await desk.handle(ContentReadSchema, read, '2026-11-01T00:00:00Z');
    await desk.handle(ContentReadSchema, read, '2026-11-01T00:00:00Z', { id });
    await desk.handle(ContentReadSchema, { ...read, version: 2 }, '2026-11-02T00:00:00Z');
    expect(await page(desk)).toMatchObject({
      reads: [
        { orderId: 'o3', offeringName: '1화', version: 2 },
        { orderId: 'o3', version: 1 },
      ],
      readCount: 2,
    });
    expect((await timeline(desk)).timeline.map(({ text }) => text)).toEqual(['Read 1화, version 2', 'Read 1화']);
  });
});
