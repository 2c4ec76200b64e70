import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Ride as ProtoRide, RideCanceller, RideSchema, RideState } from '#proto/ordering/v1/ride';
import { invalidField } from '#shared/errors/fault';
import { toProto } from '#shared/money/money';
import { etagOf } from '#shared/rpc/etag';
import type { Ride, RideState as State } from '../domain/ride.ts';
import { placeToProto } from './places.ts';

/** What rider and driver both see: of the driver the name and the vehicle, not the phone, nor where they are. */
export function rideToProto(ride: Ride): ProtoRide {
  const { driver, trip, fare } = ride;
  return create(RideSchema, {
    id: ride.id,
    business: ride.business,
    customerId: ride.customerId,
    offeringId: ride.offeringId,
    pickup: placeToProto(ride.pickup),
    dropoff: placeToProto(ride.dropoff),
    state: RideState[ride.state],
    cancelledBy: RideCanceller[ride.cancelledBy ?? 'UNSPECIFIED'],
    stateReason: ride.stateReason,
    driverId: driver?.id ?? '',
    driverName: driver?.name ?? '',
    vehicle: driver?.vehicle ?? '',
    arrivalTime: timeOf(ride.arrivalTime),
    fare: fare && toProto(fare),
    distanceMeters: trip?.distanceMeters ?? 0n,
    durationSeconds: trip?.durationSeconds ?? 0n,
    paymentId: ride.paymentId,
    history: ride.history.map(({ state, reason, time, driverId }) => ({
      state: RideState[state],
      reason,
      time: timestampFromDate(time),
      driverId,
    })),
    createTime: timestampFromDate(ride.createTime),
    answerTime: timestampFromDate(ride.answerTime),
    offerExpireTime: timeOf(ride.offerExpireTime),
    etag: etagOf(ride.revision),
  });
}

function timeOf(time: Date | undefined) {
  return time && timestampFromDate(time);
}

/** A filter's state; undefined where it names none. */
export function rideStateFromProto(state: RideState): State | undefined {
  switch (state) {
    case RideState.UNSPECIFIED:
      return undefined;
    case RideState.REQUESTED:
      return 'REQUESTED';
    case RideState.OFFERED:
      return 'OFFERED';
    case RideState.DISPATCHED:
      return 'DISPATCHED';
    case RideState.IN_PROGRESS:
      return 'IN_PROGRESS';
    case RideState.ENDED:
      return 'ENDED';
    case RideState.CANCELLED:
      return 'CANCELLED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}
