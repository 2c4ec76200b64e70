import type { Caller } from '#shared/rpc/identity';
import { requireParty } from '#shared/rpc/ownership';
import type { Ride } from '../domain/ride.ts';
import { rideNotFound } from './faults.ts';

/** Answers a driver who acts on another driver's ride as if it did not exist. Being its rider as well is no help. */
export function requireDriver(caller: Caller, { id, driver }: Ride): void {
  requireParty(caller, { customerId: '', driverId: driver?.id ?? '' }, rideNotFound(id));
}
