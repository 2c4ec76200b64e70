import type { GetDriverRequest } from '#proto/ordering/v1/driver_service';
import type { Sql } from '#shared/database/database';
import { findDriver } from '../store/drivers.ts';
import { driverToProto } from './convertDriver.ts';
import { driverNotFound } from './faults.ts';

/** The contract's driver_field keeps a driver to the own record before this runs. */
export function getDriver(sql: Sql) {
  return async ({ driver: id }: GetDriverRequest) => {
    const driver = await findDriver(sql, id);
    if (!driver) throw driverNotFound(id);
    return driverToProto(driver);
  };
}
