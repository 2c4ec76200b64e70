import type { CreateDriverRequest } from '#proto/ordering/v1/driver_service';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { Driver } from '../domain/driver.ts';
import { emitDriver } from '../events.ts';
import { insertDriver } from '../store/drivers.ts';
import { driverToProto } from './convertDriver.ts';

/** Registers a driver, who is offline until they say where they are. */
export function createDriver(clock: () => Date) {
  return async ({ driver: wanted }: CreateDriverRequest, tx: Transaction) => {
    if (!wanted) throw invalidField('driver', 'is missing');
    const { displayName, vehicle, phone } = wanted;
    const driver: Driver = {
      id: wanted.id || newId(),
      displayName,
      vehicle,
      phone,
      state: 'OFFLINE',
      location: undefined,
      rideId: '',
      createTime: clock(),
      revision: 1n,
    };
    if (!(await insertDriver(tx, driver))) {
      throw new Fault('ID_TAKEN', {
        message: `there is a driver ${driver.id} already`,
        metadata: { driver_id: driver.id },
      });
    }
    await emitDriver(tx, driver);
    return driverToProto(driver);
  };
}
