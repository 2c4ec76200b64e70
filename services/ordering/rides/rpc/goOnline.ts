import type { GoOnlineRequest } from '#proto/ordering/v1/driver_service';
import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { online } from '../domain/driver.ts';
import { lockDriver, updateDriver } from '../store/drivers.ts';
import { wakeDispatch } from '../wake.ts';
import { driverToProto } from './convertDriver.ts';
import { driverNotFound } from './faults.ts';
import { locationFromProto } from './places.ts';

/** The driver is at work, and there. */
export function goOnline(clock: () => Date) {
  return async ({ driver: id, location, etag }: GoOnlineRequest, tx: Transaction, context: CallContext) => {
    const place = locationFromProto(location, 'location');
    const driver = await lockDriver(tx, id);
    if (!driver) throw driverNotFound(id);
    checkEtag(etag || context.ifMatch, driver.revision);
    const after = online(driver, place);
    if (after !== driver) await updateDriver(tx, after, clock());
    // Also for one who has not moved: the dispatch passes over a driver whose row is held, as it was here.
    if (after.state === 'FREE') await wakeDispatch(tx);
    return driverToProto(after);
  };
}
