import { expect, test } from 'vitest';
import { type Delivery, type DeliveryCommand, type DeliveryState, moved, newDelivery } from './delivery.ts';

const ordered = new Date('2026-11-02T00:00:00Z');
const later = new Date('2026-11-03T00:00:00Z');
const ready = newDelivery(
  {
    id: 'd1',
    orderId: 'o1',
    business: 'shop',
    customerId: 'c1',
    offeringId: 'mug',
    offeringName: '머그컵',
    quantity: 10n,
    address: 'Seoul',
  },
  ordered,
);

const lifecycle: [DeliveryState, DeliveryCommand, DeliveryState | undefined][] = [
  ['READY', 'SHIP', 'SHIPPED'],
  ['READY', 'COMPLETE', undefined],
  ['READY', 'CANCEL', 'CANCELLED'],
  ['SHIPPED', 'SHIP', undefined],
  ['SHIPPED', 'COMPLETE', 'COMPLETED'],
  ['SHIPPED', 'CANCEL', undefined],
  ['COMPLETED', 'SHIP', undefined],
  ['COMPLETED', 'COMPLETE', undefined],
  ['COMPLETED', 'CANCEL', undefined],
  ['CANCELLED', 'SHIP', undefined],
  ['CANCELLED', 'COMPLETE', undefined],
  ['CANCELLED', 'CANCEL', undefined],
];

test('SHOP-1 a new delivery is READY and its history begins there', () => {
  expect(ready).toMatchObject({ state: 'READY', revision: 1n, createTime: ordered });
  expect(ready.history).toEqual([{ state: 'READY', time: ordered }]);
});

test.each(lifecycle)('SHOP-1 SHOP-2 %s delivery, %s: %s', (from, command, to) => {
  const delivery: Delivery = { ...ready, state: from };
  const after = moved(delivery, command, later);
  if (to === undefined) {
    expect(after).toBeUndefined();
    return;
  }
  expect(after).toEqual({
    ...delivery,
    state: to,
    history: [...delivery.history, { state: to, time: later }],
    revision: 2n,
  });
});
