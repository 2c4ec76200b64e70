import { whenCommitted } from '#shared/database/committed';
import type { Transaction } from '#shared/database/database';
import type { Money } from '#shared/money/money';
import { countCharged, countGivenBack } from '#shared/money/revenue';
import { lateCounter } from '#shared/telemetry/counters';
import type { Order } from './domain/order.ts';

const orders = lateCounter('jangbu.orders', { description: 'Orders that entered a state', unit: '{order}' });
/** Counts the state that an order has entered, and what it brought if it was paid at once, or what was given back of that. */
export function countOrder(tx: Transaction, { business, action, state, total, history }: Order): void {
  whenCommitted(tx, () => {
    orders.add(1, { 'jangbu.business': business, 'jangbu.order.type': action, 'jangbu.order.state': state });
    if (!total) return;
    if (state === 'COMPLETED') countCharged(business, total);
    else if (history.some((step) => step.state === 'COMPLETED')) countGivenBack(business, total);
  });
}

/** Counts what was paid for something that is no order, such as a ride. */
export function countPaid(tx: Transaction, business: string, paid: Money): void {
  whenCommitted(tx, () => countCharged(business, paid));
}
