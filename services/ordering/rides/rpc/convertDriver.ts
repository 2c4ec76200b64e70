import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { DriverSchema, DriverState, type Driver as ProtoDriver } from '#proto/ordering/v1/driver';
import { invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { Driver, DriverState as State } from '../domain/driver.ts';
import { locationToProto } from './places.ts';

/** Everything, also the phone: for operators and the driver. */
export function driverToProto(driver: Driver): ProtoDriver {
  const { id, displayName, vehicle, phone, state, location, rideId, createTime, revision } = driver;
  return create(DriverSchema, {
    id,
    displayName,
    vehicle,
    phone,
    state: DriverState[state],
    location: location && locationToProto(location),
    rideId,
    createTime: timestampFromDate(createTime),
    etag: etagOf(revision),
  });
}

/** A filter's state; undefined where it names none. */
export function driverStateFromProto(state: DriverState): State | undefined {
  switch (state) {
    case DriverState.UNSPECIFIED:
      return undefined;
    case DriverState.OFFLINE:
      return 'OFFLINE';
    case DriverState.FREE:
      return 'FREE';
    case DriverState.OFFERED:
      return 'OFFERED';
    case DriverState.ENGAGED:
      return 'ENGAGED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}
