import type { Api } from './api.ts';
import { customer, eachAt, offer, purse } from './offer.ts';

/** Visits to a smoking area: 10 points each; a cigarette elsewhere costs 30, and 60 in all keep one out. */
export const AREAS = { id: 'clean-street', business: 'nosmoke', displayName: '깨끗한 거리' } as const;
export const POINTS_A_VISIT = { currency: 'PTS', amount: '10' } as const;
export const RULES = { penaltyPoints: '30', banThreshold: '60' } as const;

export const SMOKER = {
  id: 'walker',
  displayName: '정보행',
  email: 'walker@example.com',
  phone: '+82-10-5555-0204',
  address: '서울특별시 종로구 종로 1',
} as const;

/** Loads the no-smoking scheme; run again, it changes nothing. */
export async function loadSmokingAreas(api: Api): Promise<void> {
  await offer(api, AREAS, eachAt(POINTS_A_VISIT, AREAS.displayName), { kind: 'OFFERING_KIND_VISIT', visit: RULES });
  await customer(api, SMOKER);
  await purse(api, SMOKER.id, { currency: 'PTS', amount: '100' });
}
