import type { Fault } from '../errors/fault.ts';
import { isOnlyCustomer, isOnlyDriver } from './access.ts';
import type { Caller } from './identity.ts';

/** Answers a customer who asks for another customer's resource as if it did not exist. */
export function requireOwner(caller: Caller, customerId: string, notFound: Fault): void {
  if (isOnlyCustomer(caller) && caller.customerId !== customerId) throw notFound;
}

/** The same for what concerns a customer and a driver: either of the two reaches it, and nobody else. */
export function requireParty(
  caller: Caller,
  { customerId, driverId }: { customerId: string; driverId: string },
  notFound: Fault,
): void {
  const asCustomer = isOnlyCustomer(caller) && caller.customerId === customerId;
  const asDriver = isOnlyDriver(caller) && driverId !== '' && caller.driverId === driverId;
  if ((isOnlyCustomer(caller) || isOnlyDriver(caller)) && !asCustomer && !asDriver) throw notFound;
}
