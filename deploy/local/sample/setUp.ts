import { type Api, ApiError } from './api.ts';
import { CUSTOMERS, type SampleCustomer } from './customers.ts';
import { offeringOf, PLANS, tariffOf } from './plans.ts';
import type { Customer } from './resources.ts';

/** The sample business; the Idempotency-Keys begin with it and the month. */
export const BUSINESS = 'iot';

/** Price lists, offerings and customers; whatever an earlier, interrupted run has made is found again by its key or id. */
export async function setUp(api: Api, keyPrefix: string): Promise<Map<SampleCustomer, Customer>> {
  for (const plan of PLANS) {
    await unlessTaken(() => api.post('/v1/tariffs', tariffOf(plan), `${keyPrefix}-tariff-${plan.id}`));
    await unlessTaken(() => api.post('/v1/offerings', offeringOf(plan, BUSINESS), `${keyPrefix}-offering-${plan.id}`));
  }
  const customers = new Map<SampleCustomer, Customer>();
  for (const sample of CUSTOMERS) {
    const { displayName, email, phone, address } = sample;
    const body = { displayName, email, phone, address };
    customers.set(sample, await api.post<Customer>('/v1/customers', body, `${keyPrefix}-customer-${sample.key}`));
  }
  return customers;
}

async function unlessTaken(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'ID_TAKEN')) throw error;
  }
}
