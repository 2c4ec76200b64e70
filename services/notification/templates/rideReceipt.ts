import type { RideStateChanged } from '#proto/ordering/v1/events';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import type { Draft } from '../domain/message.ts';
import { clockWords, dayWords, distanceWords, durationWords, placeWords, type Told } from '../domain/rideWords.ts';
import { isSome, moneyWords } from '../domain/words.ts';

/** Mail to who rode with what was driven and paid; undefined unless the ride has ended. */
export function rideReceipt({ offeringName }: RideStateChanged, ride: Ride, told: Told): Draft | undefined {
  if (ride.state !== RideState.ENDED) return undefined;
  const day = dayWords(told.time, told.timeZone);
  const fare = isSome(ride.fare) ? moneyWords(ride.fare) : 'free of charge';
  const text = [
    'Dear customer,',
    '',
    `thank you for riding with us (${offeringName || ride.offeringId}).`,
    '',
    `From:     ${placeWords(ride.pickup)}`,
    `To:       ${placeWords(ride.dropoff)}`,
    `Arrived:  ${day} ${clockWords(told.time, told)}`,
    `Driver:   ${[ride.driverName, ride.vehicle].filter(Boolean).join(', ')}`,
    `Distance: ${distanceWords(ride.distanceMeters)}`,
    `Duration: ${durationWords(ride.durationSeconds)}`,
    `Fare:     ${fare}`,
    '',
    `Ride ${ride.id}${ride.paymentId && `, payment ${ride.paymentId}`}`,
    '',
    'Jangbu',
    '',
  ];
  return {
    channel: 'EMAIL',
    template: 'ride-receipt',
    subject: `Receipt for your ride of ${day}: ${fare}`,
    body: text.join('\n'),
    attachments: [],
  };
}
