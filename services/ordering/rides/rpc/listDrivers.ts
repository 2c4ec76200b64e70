import type { ListDriversRequest } from '#proto/ordering/v1/driver_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageByTime, timeAndId } from '../../keyset.ts';
import { listDriverRows } from '../store/drivers.ts';
import { driverStateFromProto, driverToProto } from './convertDriver.ts';

export function listDrivers(sql: Sql) {
  return async (request: ListDriversRequest) => {
    const { limit, after } = pageByTime(request);
    const state = driverStateFromProto(request.state);
    const { rows, nextPageToken } = cutPage(
      await listDriverRows(sql, { state, after, limit: limit + 1 }),
      limit,
      timeAndId,
    );
    return { drivers: rows.map(driverToProto), nextPageToken };
  };
}
