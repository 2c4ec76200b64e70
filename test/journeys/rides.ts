import { randomInt, randomUUID } from 'node:crypto';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Customer, Money } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { newCustomer } from './business.ts';

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Ride {
  readonly id: string;
  readonly customerId: string;
  readonly state: string;
  readonly stateReason: string;
  readonly cancelledBy: string;
  readonly driverId: string;
  readonly driverName: string;
  readonly vehicle: string;
  readonly arrivalTime?: string;
  readonly answerTime: string;
  readonly createTime: string;
  readonly fare?: Money;
  readonly distanceMeters: string;
  readonly paymentId: string;
  readonly etag: string;
  readonly history: readonly { readonly state: string; readonly driverId: string; readonly time: string }[];
}

export interface Driver {
  readonly id: string;
  readonly displayName: string;
  readonly phone: string;
  readonly state: string;
  readonly rideId: string;
}

export interface Payment {
  readonly id: string;
  readonly state: string;
  readonly stateReason: string;
  readonly amount: Money;
  readonly key: string;
}

// Every town is out of every other town's reach, so that the drivers of one test are never offered the rides of another.
const first = randomInt(0, 2_000);
let towns = 0;

/** A town of its own; places in it are so many metres to the north of its centre. */
export function newTown(): (metersNorth?: number) => Location {
  const number = (first + towns++) % 2_000;
  // Two degrees and more apart, and nowhere near the sample's town.
  const latitude = -60 + 2 * Math.floor(number / 50);
  const longitude = -175 + 3 * (number % 50);
  return (metersNorth = 0) => ({ latitude: latitude + metersNorth / 111_195, longitude });
}

/** Rides at 3,000 won, a won a metre and a won a second; never less than 4,000. */
export async function newRides(api: Api, components: object[] = plainFare): Promise<string> {
  const id = `rides-${randomUUID().slice(0, 8)}`;
  const tariff = { id, displayName: id, currency: 'KRW', taxRate: '0.1', versions: [{ components }] };
  await api.post('/v1/tariffs', tariff, randomUUID());
  const offering = { id, business: 'tanda', kind: 'OFFERING_KIND_RIDE', displayName: '시내 한 번', tariffId: id };
  await api.post('/v1/offerings', offering, randomUUID());
  return id;
}

const plainFare = [
  { name: 'base', metric: 'events', perUnit: { unitPrice: '3000' } },
  { name: 'distance', metric: 'meters', perUnit: { unitPrice: '1' } },
  { name: 'time', metric: 'seconds', perUnit: { unitPrice: '1' } },
  { name: 'least', minimum: { amount: '4000' } },
];

/** A customer who pays with a card. */
export async function newRider(api: Api, card = 'tok_visa'): Promise<Customer & { phone: string; email: string }> {
  const customer = await newCustomer(api);
  await api.post('/v1/paymentMethods', { customerId: customer.id, token: card }, randomUUID());
  return customer;
}

/** A driver who is at work there. */
export async function newDriver(api: Api, location: Location): Promise<Driver> {
  const phone = `+82-10-${randomInt(1000, 9999)}-${randomInt(1000, 9999)}`;
  const wanted = { displayName: '최기사', vehicle: '흰색 12가 3456', phone };
  const { id } = await api.post<Driver>('/v1/drivers', wanted, randomUUID());
  return api.post(`/v1/drivers/${id}:goOnline`, { location }, randomUUID());
}

export function requestRide(api: Api, customerId: string, offeringId: string, from: Location): Promise<Ride> {
  const pickup = { location: from, address: '역 앞' };
  const dropoff = { location: { ...from, longitude: from.longitude + 0.05 }, address: '시장' };
  return api.post('/v1/rides', { customerId, offeringId, pickup, dropoff }, randomUUID());
}

export function rideOf(api: Api, id: string): Promise<Ride> {
  return api.get<Ride>(`/v1/rides/${id}`);
}

export function driverOf(api: Api, id: string): Promise<Driver> {
  return api.get<Driver>(`/v1/drivers/${id}`);
}

/** Waits until the ride is as wanted. */
export function untilRide(api: Api, id: string, wanted: Partial<Ride>, patienceMs = 20_000): Promise<Ride> {
  const matches = (ride: Ride) => Object.entries(wanted).every(([field, value]) => ride[field as keyof Ride] === value);
  return until(`ride ${id} to be ${JSON.stringify(wanted)}`, patienceMs, async () => {
    const ride = await rideOf(api, id);
    return matches(ride) ? ride : undefined;
  });
}

/** Does something with a ride, once, and answers with it as it is then. */
export function act(api: Api, ride: { id: string }, command: string, body: object = {}): Promise<Ride> {
  return api.post<Ride>(`/v1/rides/${ride.id}:${command}`, body, randomUUID());
}

/** A ride whose rider is on board. */
export async function boardedRide(api: Api, customerId: string, offeringId: string, card?: string) {
  const town = newTown();
  const driver = await newDriver(api, town(200));
  if (card !== undefined) await api.post('/v1/paymentMethods', { customerId, token: card }, randomUUID());
  const ride = await requestRide(api, customerId, offeringId, town());
  await untilRide(api, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: driver.id });
  await act(api, ride, 'accept', { driverId: driver.id, etaMinutes: 3 });
  return { ride: await act(api, ride, 'board'), driver };
}

export function paymentsOf(api: Api, customerId: string): Promise<Payment[]> {
  return api.list<Payment>(`/v1/payments?customerId=${customerId}`, 'payments');
}
