import { describe, expect, test } from 'vitest';
import { endedOrder, newOrder, type OrderEnd } from './order.ts';

const placed = new Date('2026-11-02T00:00:00Z');
const later = new Date('2026-11-02T00:00:01Z');
const order = newOrder(
  {
    id: 'o1',
    business: 'iot',
    kind: 'LINE',
    action: 'ACTIVATE',
    customerId: 'c1',
    offeringId: 'meter',
    subjectId: 'l1',
    subjectName: '01012345678',
    effectiveTime: placed,
  },
  placed,
);

describe('IOT-2 an order keeps the history of its states', () => {
  test('a new order is PENDING and its history begins there', () => {
    expect(order).toMatchObject({ state: 'PENDING', stateReason: '', revision: 1n });
    expect(order.history).toEqual([{ state: 'PENDING', reason: '', time: placed }]);
  });

  const ends: OrderEnd[] = [
    { state: 'COMPLETED' },
    { state: 'CANCELLED' },
    { state: 'REJECTED', reason: 'ACCOUNT_MISMATCH' },
    { state: 'FAILED', reason: 'SAGA_TIMED_OUT' },
    { state: 'ALREADY_TERMINATED' },
  ];

  test.each(ends)('a pending order ends as $state', (end) => {
    const ended = endedOrder(order, end, later);
    const reason = 'reason' in end ? end.reason : '';
    expect(ended).toMatchObject({ state: end.state, stateReason: reason, revision: 2n });
    expect(ended.history).toEqual([...order.history, { state: end.state, reason, time: later }]);
  });

  test.each(ends)('an order that is $state does not end again', (end) => {
    expect(() => endedOrder(endedOrder(order, end, later), { state: 'COMPLETED' }, later)).toThrow(/cannot become/);
  });
});
