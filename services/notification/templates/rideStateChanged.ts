import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { RideStateChanged } from '#proto/ordering/v1/events';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import type { Draft } from '../domain/message.ts';
import { clockWords, type Told, wayWords } from '../domain/rideWords.ts';
import { isSome, moneyWords, reasonWords } from '../domain/words.ts';

/** Text message to who rides, at every change of a ride's state. */
export function rideStateChanged({ previousState }: RideStateChanged, ride: Ride, told: Told): Draft {
  return {
    channel: 'SMS',
    template: 'ride-state-changed',
    subject: '',
    body: `[Jangbu] Ride from ${wayWords(ride)}: ${newsOf(ride, previousState, told)}.`,
    attachments: [],
  };
}

function newsOf(ride: Ride, previous: RideState, told: Told): string {
  switch (ride.state) {
    case RideState.REQUESTED:
      return previous === RideState.UNSPECIFIED
        ? 'requested. A driver is being looked for'
        : 'the driver could not take it. Another one is being looked for';
    case RideState.OFFERED:
      return 'a driver has been asked';
    case RideState.DISPATCHED:
      return `${driverWords(ride)} is on the way${arrivalWords(ride, told)}`;
    case RideState.IN_PROGRESS:
      return 'you are on board. Have a good ride';
    case RideState.ENDED:
      return `it has ended. ${isSome(ride.fare) ? `The fare of ${moneyWords(ride.fare)} is paid` : 'It is free of charge'}`;
    case RideState.CANCELLED:
      return `it was cancelled${reasonOf(ride)}`;
    default:
      // A state that a newer ordering knows.
      return 'it has changed';
  }
}

function driverWords({ driverName, vehicle }: Ride): string {
  return `${driverName || 'the driver'}${vehicle && ` (${vehicle})`}`;
}

function arrivalWords({ arrivalTime }: Ride, told: Told): string {
  return arrivalTime ? ` and arrives at about ${clockWords(timestampDate(arrivalTime), told)}` : '';
}

function reasonOf({ stateReason }: Ride): string {
  if (stateReason === 'NO_DRIVER_AVAILABLE') return ', because no driver was available. Please try again';
  return stateReason && ` (${reasonWords(stateReason)})`;
}
