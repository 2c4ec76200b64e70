import type { Transaction } from '#shared/database/database';
import type { Driver } from '../domain/driver.ts';
import type { Ride } from '../domain/ride.ts';
import { findDriver, lockDriver } from './drivers.ts';
import { lockRide } from './readRides.ts';

/**
 * A driver and the ride they have, both locked until the transaction ends, the ride first as everywhere. Which ride that is can change
 * until both locks are there; then it begins again, behind whoever changed it.
 */
export async function lockDriverAndRide(
  tx: Transaction,
  driverId: string,
): Promise<{ driver: Driver | undefined; ride: Ride | undefined }> {
  for (;;) {
    const rideId = (await findDriver(tx, driverId))?.rideId ?? '';
    await tx.query('savepoint driver_and_ride');
    const ride = rideId === '' ? undefined : await lockRide(tx, rideId);
    const driver = await lockDriver(tx, driverId);
    if ((driver?.rideId ?? '') === rideId) return { driver, ride };
    // Gives back the locks that were taken since.
    await tx.query('rollback to savepoint driver_and_ride');
  }
}
