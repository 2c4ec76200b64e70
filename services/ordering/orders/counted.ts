import { whenCommitted } from '#shared/database/committed';
import type { Transaction } from '#shared/database/database';
import { amountText, type Money } from '#shared/money/money';
import { lateCounter } from '#shared/telemetry/counters';
import type { Order } from './domain/order.ts';

const orders = lateCounter('jangbu.orders', { description: 'Orders that entered a state', unit: '{order}' });
const revenue = lateCounter('jangbu.revenue', {
  description:
    'What was charged, tax included, in whole units of the currency; for dashboards, the books are the truth',
});

/** Counts the state that an order has entered, and what it brought if it was paid at once. What is taken back later stays counted. */
export function countOrder(tx: Transaction, { business, action, state, total }: Order): void {
  whenCommitted(tx, () => {
    orders.add(1, { 'jangbu.business': business, 'jangbu.order.type': action, 'jangbu.order.state': state });
    if (state === 'COMPLETED' && total) addRevenue(business, total);
  });
}

/** Counts what was paid for something that is no order, such as a ride. */
export function countPaid(tx: Transaction, business: string, paid: Money): void {
  whenCommitted(tx, () => addRevenue(business, paid));
}

function addRevenue(business: string, paid: Money): void {
  revenue.add(Number(amountText(paid)), { currency: paid.currency, 'jangbu.business': business });
}
