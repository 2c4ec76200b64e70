import type { Fault } from '../errors/fault.ts';
import { isOnlyCustomer } from './access.ts';
import type { Caller } from './identity.ts';

/** Answers a customer who asks for another customer's resource as if it did not exist. */
export function requireOwner(caller: Caller, customerId: string, notFound: Fault): void {
  if (isOnlyCustomer(caller) && caller.customerId !== customerId) throw notFound;
}
