import { DriverChangedSchema, RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideState } from '#proto/ordering/v1/ride';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Driver } from './domain/driver.ts';
import type { Ride } from './domain/ride.ts';
import { driverToProto } from './rpc/convertDriver.ts';
import { rideToProto } from './rpc/convertRide.ts';

/** Tells everybody which state a ride has just entered. The transaction holds its row. */
export async function emitRideState(tx: Transaction, ride: Ride, releasedDriverId = ''): Promise<void> {
  const previous = ride.history.at(-2);
  await emit(tx, RideStateChangedSchema, {
    ride: rideToProto(ride),
    previousState: previous ? RideState[previous.state] : RideState.UNSPECIFIED,
    offeringName: ride.offeringName,
    releasedDriverId,
  });
}

/** Who a driver is; not where, nor what the driver is doing. */
export async function emitDriver(tx: Transaction, driver: Driver): Promise<void> {
  await emit(tx, DriverChangedSchema, { driver: driverToProto(driver) });
}
