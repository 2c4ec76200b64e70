import { expect, test } from 'vitest';
import { moved, type RideCommand, type RideCommandKind } from './lifecycle.ts';
import { offerExpiry, type Ride, type RideState, requested } from './ride.ts';

const second = (count: number) => new Date(Date.parse('2026-11-10T12:00:00Z') + count * 1000);
const driver = { id: 'd1', name: '이기사', vehicle: '흰색 쏘나타 12가3456' };
const trip = { distanceMeters: 5300n, durationSeconds: 900n };
const place = { latitude: 37.5665, longitude: 126.978, address: '서울시청' };

const commands: Record<RideCommandKind, RideCommand> = {
  OFFER: { kind: 'OFFER', driver, expireTime: second(15) },
  ACCEPT: { kind: 'ACCEPT', arrivalTime: second(300) },
  DECLINE: { kind: 'DECLINE' },
  LAPSE: { kind: 'LAPSE' },
  WITHDRAW: { kind: 'WITHDRAW' },
  BOARD: { kind: 'BOARD' },
  END: { kind: 'END', trip, fare: { currency: 'KRW', minor: 9_800n }, paymentId: 'p1' },
  CANCEL: { kind: 'CANCEL' },
  GIVE_UP: { kind: 'GIVE_UP' },
};

const fresh = requested(
  {
    id: 'r1',
    business: 'tanda',
    customerId: 'c1',
    offeringId: 'ride',
    offeringName: '탄다 일반',
    pickup: place,
    dropoff: { ...place, latitude: 37.4979, longitude: 127.0276, address: '강남역' },
  },
  second(0),
  55_000,
);

/** The ride after so many commands, each at its time. */
function after(...steps: [RideCommandKind, number][]): Ride {
  return steps.reduce((ride, [kind, at]) => {
    const move = moved(ride, commands[kind], second(at));
    if (!move) throw new Error(`${ride.state} does not take ${kind}`);
    return move.ride;
  }, fresh);
}

const rides: Record<RideState, Ride> = {
  REQUESTED: fresh,
  OFFERED: after(['OFFER', 0]),
  DISPATCHED: after(['OFFER', 0], ['ACCEPT', 5]),
  IN_PROGRESS: after(['OFFER', 0], ['ACCEPT', 5], ['BOARD', 300]),
  ENDED: after(['OFFER', 0], ['ACCEPT', 5], ['BOARD', 300], ['END', 1200]),
  CANCELLED: after(['CANCEL', 3]),
};

// At second 10 an offer still holds; lapses and giving up are looked at when their time has come.
const timeOf: Partial<Record<RideCommandKind, number>> = { LAPSE: 15, GIVE_UP: 55 };

const lifecycle: Record<RideState, Partial<Record<RideCommandKind, RideState>>> = {
  REQUESTED: { OFFER: 'OFFERED', CANCEL: 'CANCELLED', GIVE_UP: 'CANCELLED' },
  OFFERED: {
    ACCEPT: 'DISPATCHED',
    DECLINE: 'REQUESTED',
    LAPSE: 'REQUESTED',
    WITHDRAW: 'REQUESTED',
    CANCEL: 'CANCELLED',
    GIVE_UP: 'CANCELLED',
  },
  DISPATCHED: { BOARD: 'IN_PROGRESS', CANCEL: 'CANCELLED' },
  IN_PROGRESS: { END: 'ENDED' },
  ENDED: {},
  CANCELLED: {},
};

const every = (Object.keys(rides) as RideState[]).flatMap((state) =>
  (Object.keys(commands) as RideCommandKind[]).map((kind) => [state, kind, lifecycle[state][kind]] as const),
);

test.each(every)('TAXI-2 TAXI-4 TAXI-5 %s ride, %s: %s', (state, kind, to) => {
  const before = rides[state];
  const now = second(timeOf[kind] ?? 10);
  const move = moved(before, commands[kind], now);
  if (to === undefined) {
    expect(move).toBeUndefined();
    return;
  }
  expect(move?.ride).toMatchObject({ state: to, revision: before.revision + 1n });
  expect(move?.ride.history).toHaveLength(before.history.length + 1);
  expect(move?.ride.history.slice(0, -1)).toEqual(before.history);
  expect(move?.ride.history.at(-1)).toMatchObject({ state: to, time: now });
  expect(before).toEqual(rides[state]);
});

const d1 = 'd1';
test.each([
  ['REQUESTED', 'OFFER', { id: d1, state: 'OFFERED' }, { driverId: d1, outcome: 'OPEN' }, ''],
  ['REQUESTED', 'CANCEL', undefined, undefined, ''],
  ['REQUESTED', 'GIVE_UP', undefined, undefined, ''],
  ['OFFERED', 'ACCEPT', { id: d1, state: 'ENGAGED' }, { driverId: d1, outcome: 'ACCEPTED' }, ''],
  ['OFFERED', 'DECLINE', { id: d1, state: 'FREE' }, { driverId: d1, outcome: 'DECLINED' }, d1],
  ['OFFERED', 'LAPSE', { id: d1, state: 'FREE' }, { driverId: d1, outcome: 'LAPSED' }, d1],
  ['OFFERED', 'WITHDRAW', { id: d1, state: 'OFFLINE' }, { driverId: d1, outcome: 'WITHDRAWN' }, d1],
  ['OFFERED', 'CANCEL', { id: d1, state: 'FREE' }, { driverId: d1, outcome: 'CANCELLED' }, d1],
  ['OFFERED', 'GIVE_UP', { id: d1, state: 'FREE' }, { driverId: d1, outcome: 'CANCELLED' }, d1],
  ['DISPATCHED', 'BOARD', undefined, undefined, ''],
  ['DISPATCHED', 'CANCEL', { id: d1, state: 'FREE' }, undefined, d1],
  ['IN_PROGRESS', 'END', { id: d1, state: 'FREE' }, undefined, ''],
] as const)('TAXI-2 TAXI-5 %s ride, %s: what it means for the driver', (state, kind, then, offer, released) => {
  const move = moved(rides[state], commands[kind], second(timeOf[kind] ?? 10));
  expect(move).toMatchObject({ releasedDriverId: released });
  expect(move?.driver).toEqual(then);
  expect(move?.offer).toEqual(offer);
});

test('TAXI-2 what each state tells, and what it does not tell any more', () => {
  expect(rides.OFFERED).toMatchObject({ driver, offerExpireTime: second(15), arrivalTime: undefined });
  expect(rides.DISPATCHED).toMatchObject({
    driver,
    offerExpireTime: undefined,
    arrivalTime: second(300),
    decideTime: second(5),
  });
  expect(rides.IN_PROGRESS).toMatchObject({ driver, boardTime: second(300) });
  expect(rides.ENDED).toMatchObject({ driver, trip, fare: { currency: 'KRW', minor: 9_800n }, paymentId: 'p1' });
  expect(rides.ENDED.history.map(({ state, driverId }) => [state, driverId])).toEqual([
    ['REQUESTED', ''],
    ['OFFERED', d1],
    ['DISPATCHED', d1],
    ['IN_PROGRESS', d1],
    ['ENDED', d1],
  ]);
  expect(after(['OFFER', 0], ['DECLINE', 4])).toMatchObject({ driver: undefined, offerExpireTime: undefined });
});

test('TAXI-3 TAXI-5 who cancelled, why, and who is still named', () => {
  expect(rides.CANCELLED).toMatchObject({ cancelledBy: 'CUSTOMER', stateReason: '', decideTime: undefined });
  expect(after(['OFFER', 0], ['CANCEL', 4])).toMatchObject({ cancelledBy: 'CUSTOMER', driver: undefined });
  expect(after(['OFFER', 0], ['ACCEPT', 4], ['CANCEL', 9])).toMatchObject({ cancelledBy: 'CUSTOMER', driver });
  const given = after(['OFFER', 0], ['GIVE_UP', 55]);
  expect(given).toMatchObject({
    cancelledBy: 'SYSTEM',
    stateReason: 'NO_DRIVER_AVAILABLE',
    driver: undefined,
    decideTime: second(55),
  });
  expect(given.history.at(-1)).toEqual({
    state: 'CANCELLED',
    reason: 'NO_DRIVER_AVAILABLE',
    time: second(55),
    driverId: d1,
  });
});

test('TAXI-2 TAXI-3 the time decides as well, to the moment', () => {
  const offered = rides.OFFERED;
  expect(moved(offered, commands.ACCEPT, second(14.999))).toBeDefined();
  expect(moved(offered, commands.ACCEPT, second(15))).toBeUndefined();
  expect(moved(offered, commands.LAPSE, second(14.999))).toBeUndefined();
  expect(moved(offered, commands.LAPSE, second(15))).toBeDefined();
  expect(moved(fresh, commands.GIVE_UP, second(54.999))).toBeUndefined();
  expect(moved(fresh, commands.OFFER, second(54.999))).toBeDefined();
  expect(moved(fresh, commands.OFFER, second(55))).toBeUndefined();
  expect(offerExpiry(fresh, second(10), 15_000)).toEqual(second(25));
  expect(offerExpiry(fresh, second(50), 15_000)).toEqual(second(55));
});
