import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Place } from '#proto/ordering/v1/place';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import { amountText, distanceText, durationText, isSome, minuteText, reasonText } from './words.ts';

/** What a ride's new state means to who rides. */
export function rideText(ride: Ride, previous: RideState, offeringName: string, timeZone: string): string {
  const what = `Ride from ${placeText(ride.pickup)} to ${placeText(ride.dropoff)}`;
  switch (ride.state) {
    case RideState.REQUESTED:
      return previous === RideState.UNSPECIFIED
        ? `${what} was requested (${offeringName || ride.offeringId})`
        : `${what}: another driver is looked for`;
    case RideState.OFFERED:
      return `${what}: a driver has been asked`;
    case RideState.DISPATCHED:
      return `${what}: ${driverText(ride)} is on the way${arrivalText(ride, timeZone)}`;
    case RideState.IN_PROGRESS:
      return `${what} has begun`;
    case RideState.ENDED:
      return `${what} has ended: ${distanceText(ride.distanceMeters)} in ${durationText(ride.durationSeconds)}${fareText(ride)}`;
    case RideState.CANCELLED:
      return `${what} was cancelled${ride.stateReason && `: ${reasonText(ride.stateReason)}`}`;
    default:
      // A state that a newer version of ordering knows.
      return `${what} changed`;
  }
}

/** What a person calls the place, else where it is. */
export function placeText(place: Place | undefined): string {
  if (place?.address) return place.address;
  return place?.location ? `${place.location.latitude}, ${place.location.longitude}` : 'somewhere';
}

function driverText({ driverName, vehicle }: Ride): string {
  return `${driverName || 'the driver'}${vehicle && ` (${vehicle})`}`;
}

function arrivalText({ arrivalTime }: Ride, timeZone: string): string {
  return arrivalTime ? `, there at about ${minuteText(timestampDate(arrivalTime), timeZone)}` : '';
}

function fareText({ fare }: Ride): string {
  return isSome(fare) ? ` for ${amountText(fare)}` : ', free of charge';
}
