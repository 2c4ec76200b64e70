import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { RideStateChanged } from '#proto/ordering/v1/events';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import type { Draft } from '../domain/message.ts';
import { clockWords, type Told, wayWords } from '../domain/rideWords.ts';
import { isSome, moneyWords } from '../domain/words.ts';

/**
 * Text message to the driver who loses or has the ride by this change; undefined where it concerns no driver, or only one who is told
 * otherwise: by the offer, or by being there when the rider gets on board.
 */
export function rideStateChangedDriver(
  { releasedDriverId, previousState }: RideStateChanged,
  ride: Ride,
  told: Told,
): { driverId: string; draft: Draft } | undefined {
  const lost = releasedDriverId !== '';
  const news = lost ? lossOf(ride, previousState) : newsOf(ride, told);
  const driverId = lost ? releasedDriverId : ride.driverId;
  if (news === undefined || driverId === '') return undefined;
  return {
    driverId,
    draft: {
      channel: 'SMS',
      template: 'ride-state-changed-driver',
      subject: '',
      body: `[Jangbu] Ride from ${wayWords(ride)}: ${news}.`,
      attachments: [],
    },
  };
}

function lossOf({ state }: Ride, previous: RideState): string {
  if (state !== RideState.CANCELLED) return 'it is no longer offered to you';
  return previous === RideState.OFFERED
    ? 'it was cancelled and is no longer offered to you'
    : 'it was cancelled. You are free again';
}

function newsOf(ride: Ride, told: Told): string | undefined {
  switch (ride.state) {
    case RideState.DISPATCHED:
      return `it is yours${
        ride.arrivalTime ? `. You are expected at about ${clockWords(timestampDate(ride.arrivalTime), told)}` : ''
      }`;
    case RideState.ENDED:
      return `it has ended. ${isSome(ride.fare) ? `The fare of ${moneyWords(ride.fare)} is paid` : 'It is free of charge'}`;
    default:
      return undefined;
  }
}
