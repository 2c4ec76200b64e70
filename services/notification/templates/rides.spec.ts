import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { type Ride, RideCanceller, RideSchema, RideState } from '#proto/ordering/v1/ride';
import { clockWords, distanceWords, durationWords, placeWords, type Told } from '../domain/rideWords.ts';
import { rideOffered } from './rideOffered.ts';
import { rideReceipt } from './rideReceipt.ts';
import { rideStateChanged } from './rideStateChanged.ts';
import { rideStateChangedDriver } from './rideStateChangedDriver.ts';

const at = (text: string) => new Date(text);
const told: Told = { time: at('2026-11-01T00:30:00Z'), timeZone: 'Asia/Seoul' };
const driver = { driverId: 'd1', driverName: '이기사', vehicle: '흰색 소나타 12가3456' };
const arrivalTime = timestampFromDate(at('2026-11-01T00:37:00Z'));
const offerExpireTime = timestampFromDate(at('2026-11-01T00:30:15Z'));
const paid = {
  fare: { currency: 'KRW', amount: '9800' },
  distanceMeters: 5_230n,
  durationSeconds: 1_100n,
  paymentId: 'p1',
};
const noDriver = { cancelledBy: RideCanceller.SYSTEM, stateReason: 'NO_DRIVER_AVAILABLE' };

function rideOf(state: RideState, more: object = {}): Ride {
  return create(RideSchema, {
    id: 'r1',
    customerId: 'c1',
    offeringId: 'standard',
    pickup: { location: { latitude: 37.5547, longitude: 126.9706 }, address: '서울역' },
    dropoff: { location: { latitude: 37.5663, longitude: 126.9779 }, address: '시청' },
    state,
    ...more,
  });
}

function changed(previousState: RideState = RideState.UNSPECIFIED, releasedDriverId = '') {
  return create(RideStateChangedSchema, { previousState, releasedDriverId, offeringName: '스탠다드' });
}

describe('TAXI-6 ride-state-changed', () => {
  const textOf = (state: RideState, more: object = {}, previous?: RideState) =>
    rideStateChanged(changed(previous), rideOf(state, more), told).body.replace(
      '[Jangbu] Ride from 서울역 to 시청: ',
      '',
    );

  test('tells who rides of every state', () => {
    expect([
      textOf(RideState.REQUESTED),
      textOf(RideState.OFFERED, driver, RideState.REQUESTED),
      textOf(RideState.REQUESTED, {}, RideState.OFFERED),
      textOf(RideState.DISPATCHED, { ...driver, arrivalTime }, RideState.OFFERED),
      textOf(RideState.IN_PROGRESS, driver, RideState.DISPATCHED),
      textOf(RideState.ENDED, { ...driver, ...paid }, RideState.IN_PROGRESS),
      textOf(RideState.ENDED, driver, RideState.IN_PROGRESS),
      textOf(RideState.CANCELLED, { cancelledBy: RideCanceller.CUSTOMER }, RideState.DISPATCHED),
      textOf(RideState.CANCELLED, noDriver, RideState.REQUESTED),
      textOf(RideState.CANCELLED, { stateReason: 'SOMETHING_BROKE' }, RideState.REQUESTED),
      textOf(99 as RideState),
    ]).toEqual([
      'requested. A driver is being looked for.',
      'a driver has been asked.',
      'the driver could not take it. Another one is being looked for.',
      '이기사 (흰색 소나타 12가3456) is on the way and arrives at about 09:37.',
      'you are on board. Have a good ride.',
      'it has ended. The fare of 9,800 KRW is paid.',
      'it has ended. It is free of charge.',
      'it was cancelled.',
      'it was cancelled, because no driver was available. Please try again.',
      'it was cancelled (something broke).',
      'it has changed.',
    ]);
  });

  test('is a text message without documents', () => {
    expect(rideStateChanged(changed(), rideOf(RideState.REQUESTED), told)).toMatchObject({
      channel: 'SMS',
      template: 'ride-state-changed',
      subject: '',
      attachments: [],
    });
  });
});

describe('TAXI-6 ride-receipt', () => {
  test('names places, driver, distance, duration and fare', () => {
    const draft = rideReceipt(changed(RideState.IN_PROGRESS), rideOf(RideState.ENDED, { ...driver, ...paid }), told);
    expect(draft).toMatchObject({
      channel: 'EMAIL',
      template: 'ride-receipt',
      subject: 'Receipt for your ride of 2026-11-01: 9,800 KRW',
      attachments: [],
    });
    expect(draft?.body.split('\n')).toEqual(
      expect.arrayContaining([
        'thank you for riding with us (스탠다드).',
        'From:     서울역',
        'To:       시청',
        'Arrived:  2026-11-01 09:30',
        'Driver:   이기사, 흰색 소나타 12가3456',
        'Distance: 5.23 km',
        'Duration: 18 min 20 s',
        'Fare:     9,800 KRW',
        'Ride r1, payment p1',
      ]),
    );
  });

  test('says that a ride was free, and is sent for no other state', () => {
    expect(rideReceipt(changed(), rideOf(RideState.ENDED), told)?.subject).toBe(
      'Receipt for your ride of 2026-11-01: free of charge',
    );
    expect(rideReceipt(changed(), rideOf(RideState.CANCELLED), told)).toBeUndefined();
  });
});

describe('TAXI-6 to the driver', () => {
  test('an offer names the places and until when it stands', () => {
    const offered = rideOf(RideState.OFFERED, { ...driver, offerExpireTime });
    expect(rideOffered(offered, told)).toMatchObject({
      driverId: 'd1',
      draft: { template: 'ride-offered', body: '[Jangbu] A ride for you: 서울역 to 시청. Please answer by 09:30:15.' },
    });
    expect(rideOffered(rideOf(RideState.DISPATCHED, driver), told)).toBeUndefined();
    expect(rideOffered(rideOf(RideState.OFFERED), told)).toBeUndefined();
  });

  const toDriver = (state: RideState, previous: RideState, released: string, more: object = {}) => {
    const found = rideStateChangedDriver(changed(previous, released), rideOf(state, more), told);
    return found && [found.driverId, found.draft.body.replace('[Jangbu] Ride from 서울역 to 시청: ', '')];
  };

  test('who loses it, or has it, is told', () => {
    expect([
      toDriver(RideState.REQUESTED, RideState.OFFERED, 'd1'),
      toDriver(RideState.OFFERED, RideState.OFFERED, 'd1', { ...driver, driverId: 'd2' }),
      toDriver(RideState.CANCELLED, RideState.OFFERED, 'd1'),
      toDriver(RideState.CANCELLED, RideState.DISPATCHED, 'd1', driver),
      toDriver(RideState.DISPATCHED, RideState.OFFERED, '', { ...driver, arrivalTime }),
      toDriver(RideState.ENDED, RideState.IN_PROGRESS, '', { ...driver, ...paid }),
      toDriver(RideState.ENDED, RideState.IN_PROGRESS, '', driver),
    ]).toEqual([
      ['d1', 'it is no longer offered to you.'],
      ['d1', 'it is no longer offered to you.'],
      ['d1', 'it was cancelled and is no longer offered to you.'],
      ['d1', 'it was cancelled. You are free again.'],
      ['d1', 'it is yours. You are expected at about 09:37.'],
      ['d1', 'it has ended. The fare of 9,800 KRW is paid.'],
      ['d1', 'it has ended. It is free of charge.'],
    ]);
  });

  test('nobody is told of what concerns no driver, or of what the driver is there for', () => {
    expect(toDriver(RideState.REQUESTED, RideState.UNSPECIFIED, '')).toBeUndefined();
    expect(toDriver(RideState.OFFERED, RideState.REQUESTED, '', driver)).toBeUndefined();
    expect(toDriver(RideState.IN_PROGRESS, RideState.DISPATCHED, '', driver)).toBeUndefined();
    expect(toDriver(RideState.CANCELLED, RideState.REQUESTED, '', noDriver)).toBeUndefined();
  });
});

test('times are told in the business time zone, with their date where it is another day', () => {
  expect(clockWords(at('2026-11-01T14:59:59Z'), told)).toBe('23:59');
  expect(clockWords(at('2026-11-01T15:00:00Z'), told)).toBe('2026-11-02 00:00');
  expect(clockWords(at('2026-11-01T00:30:15Z'), { ...told, timeZone: 'America/New_York' }, 'medium')).toBe('20:30:15');
});

test('distances and durations are told exactly, and places by their address or where they are', () => {
  expect([0n, 999n, 5_000n, 12_003n].map(distanceWords)).toEqual(['0 m', '999 m', '5 km', '12.003 km']);
  expect([0n, 59n, 3_900n].map(durationWords)).toEqual(['0 s', '59 s', '1 h 5 min']);
  expect(placeWords(create(RideSchema, { pickup: { location: { latitude: 1.5, longitude: -2 } } }).pickup)).toBe(
    '1.5, -2',
  );
  expect(placeWords(undefined)).toBe('somewhere');
});
