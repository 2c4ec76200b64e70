import { type Api, unlessTaken } from './api.ts';
import { CUSTOMERS, type SampleCustomer } from './customers.ts';
import { offeringOf, PLANS, tariffOf } from './plans.ts';
import type { Customer } from './resources.ts';

/** The sample business; the Idempotency-Keys begin with it and the month. */
export const BUSINESS = 'iot';

/** Who pays for a line, and by which account. */
export interface Payer {
  readonly id: string;
  readonly accountId: string;
}

/** Price lists, offerings and customers; whatever an earlier, interrupted run has made is found again by its key or id. */
export async function setUp(api: Api, keyPrefix: string): Promise<Map<SampleCustomer, Payer>> {
  for (const plan of PLANS) {
    await unlessTaken(() => api.post('/v1/tariffs', tariffOf(plan), `${keyPrefix}-tariff-${plan.id}`));
    await unlessTaken(() => api.post('/v1/offerings', offeringOf(plan, BUSINESS), `${keyPrefix}-offering-${plan.id}`));
  }
  const customers = new Map<SampleCustomer, Payer>();
  for (const sample of CUSTOMERS) {
    const { displayName, email, phone, address } = sample;
    const body = { displayName, email, phone, address };
    const customer = await api.post<Customer>('/v1/customers', body, `${keyPrefix}-customer-${sample.key}`);
    // One account for all of a customer's lines, so that they share one invoice.
    const account = { customerId: customer.id, currency: 'KRW', kind: 'ACCOUNT_KIND_POSTPAID' };
    const { id } = await api.post<{ id: string }>('/v1/accounts', account, `${keyPrefix}-account-${sample.key}`);
    customers.set(sample, { id: customer.id, accountId: id });
  }
  return customers;
}
