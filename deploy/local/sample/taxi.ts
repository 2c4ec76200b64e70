import { type Api, unlessTaken } from './api.ts';
import { customer, offer, type Price } from './offer.ts';

/** What the taxi service sells. */
export const TAXI = { id: 'tanda-city', business: 'tanda', displayName: '탄다 시내' } as const;

/**
 * A fare as Seoul's taxis have it: 4,800 won with 1.6 km in it, 100 won for every 131 m after that and for every 30 s, and a fifth of the
 * base on top from 22:00 to 04:00. Never less than the base.
 */
export const FARE: Price = {
  currency: 'KRW',
  components: [
    { name: '기본요금', metric: 'events', perUnit: { unitPrice: '4800' } },
    {
      name: '거리요금',
      metric: 'meters',
      allowance: '1600',
      package: { size: '131', price: '100', partial: 'PARTIAL_PACKAGE_UP' },
    },
    { name: '시간요금', metric: 'seconds', package: { size: '30', price: '100', partial: 'PARTIAL_PACKAGE_UP' } },
    {
      name: '심야할증',
      metric: 'events',
      timeOfDay: { from: '22:00', to: '04:00', timeZone: 'Asia/Seoul' },
      perUnit: { unitPrice: '960' },
    },
    { name: '최저요금', minimum: { amount: '4800' } },
  ],
};

export const RIDER = {
  id: 'rider',
  displayName: '박승객',
  email: 'rider@example.com',
  phone: '+82-10-5555-0203',
  address: '서울특별시 중구 세종대로 110',
} as const;

export const DRIVERS = [
  {
    id: 'driver-kim',
    displayName: '김기사',
    vehicle: '흰색 소나타 12가 3456',
    phone: '+82-10-5555-0301',
    location: { latitude: 37.5663, longitude: 126.9779 },
  },
  {
    id: 'driver-lee',
    displayName: '이기사',
    vehicle: '검정 아이오닉 34나 5678',
    phone: '+82-10-5555-0302',
    location: { latitude: 37.5512, longitude: 126.9882 },
  },
] as const;

/** Loads the taxi service: a rider with a card, and two drivers who are at work. Run again, it changes nothing but where the drivers are. */
export async function loadTaxi(api: Api): Promise<void> {
  await offer(api, TAXI, FARE, { kind: 'OFFERING_KIND_RIDE' });
  await customer(api, RIDER);
  const card = { customerId: RIDER.id, token: 'tok_visa' };
  await api.post('/v1/paymentMethods', card, `sample-card-${RIDER.id}`);
  for (const { location, ...driver } of DRIVERS) {
    await unlessTaken(() => api.post('/v1/drivers', driver, `sample-driver-${driver.id}`));
    await api.post(`/v1/drivers/${driver.id}:goOnline`, { location }, `sample-online-${driver.id}`);
  }
}
