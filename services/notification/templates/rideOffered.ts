import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import type { Draft } from '../domain/message.ts';
import { clockWords, type Told, wayWords } from '../domain/rideWords.ts';

/** Text message to the driver whom a ride is offered to; undefined where it is offered to nobody. */
export function rideOffered(ride: Ride, told: Told): { driverId: string; draft: Draft } | undefined {
  const { state, driverId, offerExpireTime } = ride;
  if (state !== RideState.OFFERED || driverId === '') return undefined;
  // To the second: an offer stands for less than a minute.
  const limit = offerExpireTime
    ? ` Please answer by ${clockWords(timestampDate(offerExpireTime), told, 'medium')}.`
    : '';
  return {
    driverId,
    draft: {
      channel: 'SMS',
      template: 'ride-offered',
      subject: '',
      body: `[Jangbu] A ride for you: ${wayWords(ride)}.${limit}`,
      attachments: [],
    },
  };
}
