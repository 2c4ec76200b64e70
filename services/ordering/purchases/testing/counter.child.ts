import '#test/conformance/orphan';
import { OrderService } from '#proto/ordering/v1/order_service';
import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { Counter } from '../../testing.ts';

// Buys and cancels for one customer after the other, on a database and a till of the parent's, until it is killed.
const { DATABASE_URL = '', TILL = '', BUYERS = '', OFFERING = '' } = process.env;
const counter = await Counter.on(DATABASE_URL, { addresses: { billing: TILL, rating: TILL } });
for (const [index, customerId] of BUYERS.split(',').entries()) {
  const order = await counter.call(PurchaseService, 'createPurchase', { customerId, offeringId: OFFERING });
  if (index % 2 === 1) await counter.call(OrderService, 'cancelOrder', { order: order.id });
}
throw new Error('it should have been killed');
