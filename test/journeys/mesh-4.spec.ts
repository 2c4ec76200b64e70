import { expect, test } from 'vitest';
import type { Invoice, Line, Order } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { activeLine, change, newCustomer, openBusiness } from './business.ts';
import { theWorld } from './world.ts';

interface Mypage {
  readonly customer: { readonly displayName: string };
  readonly lines?: readonly Line[];
  readonly orders?: readonly Order[];
  readonly invoices?: readonly Invoice[];
}

test('MESH-4 my page shows a customer’s lines and orders, also while every other service is down', async () => {
  const world = theWorld();
  const business = await openBusiness(world.operator);
  const customer = await newCustomer(world.operator, '박민준');
  const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  await change(world.operator, line.id, 'suspend');
  const own = await world.customer(customer.id);
  const page = () => own.get<Mypage>(`/v1/mypages/${customer.id}`);
  await until('my page to follow', 10_000, async () => {
    const { lines, orders } = await page();
    const followed = lines?.[0]?.state === 'LINE_STATE_SUSPENDED' && orders?.[0]?.state === 'ORDER_STATE_COMPLETED';
    return followed || undefined;
  });

  const others = ['ordering', 'rating', 'billing', 'settlement', 'notification'];
  await Promise.all(others.map((name) => world.mesh.stopService(name)));
  try {
    const { customer: shown, lines, orders } = await page();
    expect(shown.displayName).toBe('박민준');
    expect(lines).toMatchObject([{ id: line.id, serviceNumber: line.serviceNumber, state: 'LINE_STATE_SUSPENDED' }]);
    expect(orders?.map(({ action, state }) => `${action} ${state}`)).toEqual([
      'ORDER_ACTION_SUSPEND ORDER_STATE_COMPLETED',
      'ORDER_ACTION_ACTIVATE ORDER_STATE_COMPLETED',
    ]);
    const timeline = await own.list<{ event: string }>(`/v1/mypages/${customer.id}/timeline`, 'timeline');
    expect(timeline.map(({ event }) => event)).toContain('OrderStateChanged');
  } finally {
    await Promise.all(others.map((name) => world.mesh.startService(name)));
  }
});
