import { expect, test } from 'vitest';
import { type Driver, type DriverState, online, wayOffline } from './driver.ts';

const here = { latitude: 37.5, longitude: 127 };
const there = { latitude: 37.6, longitude: 127.1 };
const driver = (state: DriverState, rideId = ''): Driver => ({
  id: 'd1',
  displayName: '이기사',
  vehicle: '흰색 쏘나타',
  phone: '',
  state,
  location: state === 'OFFLINE' ? undefined : here,
  rideId,
  createTime: new Date(0),
  revision: 3n,
});

test.each([
  ['OFFLINE', 'FREE', 'there'],
  ['FREE', 'FREE', 'go'],
  ['OFFERED', 'OFFERED', 'withdraw'],
  ['ENGAGED', 'ENGAGED', 'refused'],
] as const)('TAXI-2 %s driver: online is %s, and going offline is %s', (state, then, way) => {
  const before = driver(state, state === 'FREE' || state === 'OFFLINE' ? '' : 'r1');
  expect(online(before, there)).toEqual({ ...before, state: then, location: there, revision: 4n });
  expect(wayOffline(before)).toBe(way);
});

test('TAXI-2 online at the same place again changes nothing', () => {
  const before = driver('FREE');
  expect(online(before, { ...here })).toBe(before);
});
