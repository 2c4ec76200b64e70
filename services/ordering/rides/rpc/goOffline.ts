import type { GoOfflineRequest } from '#proto/ordering/v1/driver_service';
import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { wayOffline } from '../domain/driver.ts';
import { moveRide } from '../moveRide.ts';
import { lockDriverAndRide } from '../store/driverAndRide.ts';
import { findDriver, updateDriver } from '../store/drivers.ts';
import { driverToProto } from './convertDriver.ts';
import { driverNotFound, driverStateForbids } from './faults.ts';

/** The driver is not at work any more; what was offered goes to somebody else. */
export function goOffline(clock: () => Date) {
  return async ({ driver: id, etag }: GoOfflineRequest, tx: Transaction, context: CallContext) => {
    const { driver, ride } = await lockDriverAndRide(tx, id);
    if (!driver) throw driverNotFound(id);
    checkEtag(etag || context.ifMatch, driver.revision);
    const way = wayOffline(driver);
    switch (way) {
      case 'refused':
        throw driverStateForbids(driver);
      case 'there':
        return driverToProto(driver);
      case 'go': {
        const after = { ...driver, state: 'OFFLINE' as const, revision: driver.revision + 1n };
        await updateDriver(tx, after, clock());
        return driverToProto(after);
      }
      case 'withdraw': {
        if (!ride) throw new Error(`driver ${id} has an offer without a ride`);
        await moveRide(tx, ride, { kind: 'WITHDRAW' }, clock);
        return driverToProto((await findDriver(tx, id)) ?? driver);
      }
      default:
        return way satisfies never;
    }
  };
}
