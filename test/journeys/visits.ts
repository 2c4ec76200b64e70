import { randomUUID } from 'node:crypto';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Money } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { newPrice } from './store.ts';

export interface Visit {
  readonly id: string;
  readonly state: string;
  readonly area: string;
  readonly points?: Money;
  readonly history: readonly { readonly state: string }[];
}

export interface Penalty {
  readonly id: string;
  readonly state: string;
  readonly points: Money;
  readonly taken: Money;
  readonly place: string;
}

export interface Rules {
  readonly points?: string;
  readonly penaltyPoints?: string;
  readonly banThreshold?: string;
}

/** An offering of visits: what one earns, what a breach costs, and how much of that bans. */
export async function newAreas(api: Api, { points = '10', penaltyPoints = '30', banThreshold = '60' }: Rules = {}) {
  const tariffId = await newPrice(api, points, 'PTS');
  const visit = { penaltyPoints, banThreshold };
  const offering = { business: 'nosmoke', kind: 'OFFERING_KIND_VISIT', displayName: '깨끗한 거리', tariffId, visit };
  const { id } = await api.post<{ id: string }>('/v1/offerings', offering, randomUUID());
  return id;
}

export function checkIn(api: Api, customerId: string, offeringId: string, area = '남문'): Promise<Visit> {
  return api.post('/v1/visits', { customerId, offeringId, area }, randomUUID());
}

export function checkOut(api: Api, { id }: { id: string }): Promise<Visit> {
  return api.post(`/v1/visits/${id}:checkOut`, {}, randomUUID());
}

/** Waits until what the visit earned is in the account. */
export function untilEarned(api: Api, { id }: { id: string }, patienceMs = 20_000): Promise<Visit> {
  return until(`visit ${id} to be EARNED`, patienceMs, async () => {
    const visit = await api.get<Visit>(`/v1/visits/${id}`);
    return visit.state === 'VISIT_STATE_EARNED' ? visit : undefined;
  });
}

export function penalise(api: Api, customerId: string, offeringId: string): Promise<Penalty> {
  return api.post('/v1/penalties', { customerId, offeringId, place: '버스 정류장' }, randomUUID());
}

export function release(api: Api, { id }: { id: string }): Promise<Penalty> {
  return api.post(`/v1/penalties/${id}:release`, {}, randomUUID());
}

export function penaltiesOf(api: Api, customerId: string): Promise<Penalty[]> {
  return api.list<Penalty>(`/v1/penalties?customerId=${customerId}`, 'penalties');
}
