import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { RideSchema, RideState } from '#proto/ordering/v1/ride';
import { placeText, rideText } from './rideText.ts';

const ride = {
  offeringId: 'standard',
  pickup: { location: { latitude: 37.5547, longitude: 126.9706 }, address: '서울역' },
  dropoff: { location: { latitude: 37.5663, longitude: 126.9779 }, address: '시청' },
};
const driver = { driverId: 'd1', driverName: '이기사', vehicle: '흰색 소나타 12가3456' };
const arrivalTime = timestampFromDate(new Date('2026-11-01T00:37:00Z'));
const paid = { distanceMeters: 5_230n, durationSeconds: 1_100n, fare: { currency: 'KRW', amount: '9800' } };

function text(state: RideState, more: object = {}, previous: RideState = RideState.UNSPECIFIED) {
  return rideText(create(RideSchema, { ...ride, state, ...more }), previous, '스탠다드', 'Asia/Seoul');
}

test('TAXI-7 every state of a ride in words', () => {
  expect([
    text(RideState.REQUESTED),
    text(RideState.OFFERED, driver, RideState.REQUESTED),
    text(RideState.REQUESTED, {}, RideState.OFFERED),
    text(RideState.DISPATCHED, { ...driver, arrivalTime }, RideState.OFFERED),
    text(RideState.IN_PROGRESS, driver, RideState.DISPATCHED),
    text(RideState.ENDED, { ...driver, ...paid }, RideState.IN_PROGRESS),
    text(RideState.CANCELLED, {}, RideState.DISPATCHED),
    text(RideState.CANCELLED, { stateReason: 'NO_DRIVER_AVAILABLE' }, RideState.REQUESTED),
    text(99 as RideState),
  ]).toEqual([
    'Ride from 서울역 to 시청 was requested (스탠다드)',
    'Ride from 서울역 to 시청: a driver has been asked',
    'Ride from 서울역 to 시청: another driver is looked for',
    'Ride from 서울역 to 시청: 이기사 (흰색 소나타 12가3456) is on the way, there at about 2026-11-01 09:37',
    'Ride from 서울역 to 시청 has begun',
    'Ride from 서울역 to 시청 has ended: 5.23 km in 18 min 20 s for 9,800 KRW',
    'Ride from 서울역 to 시청 was cancelled',
    'Ride from 서울역 to 시청 was cancelled: no driver was available; please try again',
    'Ride from 서울역 to 시청 changed',
  ]);
});

test('TAXI-7 what costs nothing is said to, and a place without an address is told by where it is', () => {
  expect(text(RideState.ENDED, { ...paid, fare: { currency: 'KRW', amount: '0' } })).toMatch(/, free of charge$/);
  expect(text(RideState.ENDED, { ...paid, fare: undefined })).toMatch(/, free of charge$/);
  expect(placeText(create(RideSchema, { pickup: { location: ride.pickup.location } }).pickup)).toBe(
    '37.5547, 126.9706',
  );
  expect(placeText(undefined)).toBe('somewhere');
});
