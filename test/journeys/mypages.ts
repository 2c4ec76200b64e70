import { type Api, ApiError } from '../../deploy/local/sample/api.ts';
import type { Line, Order } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import type { Ride } from './rides.ts';
import type { Penalty, Visit } from './visits.ts';

interface Amount {
  readonly currency: string;
  readonly amount: string;
}

/** A customer's page, as far as the journeys look at it. */
export interface Mypage {
  readonly customer: { readonly id: string; readonly displayName: string };
  readonly lines: readonly Line[];
  readonly orders: readonly (Order & { readonly kind: string; readonly quantity: string })[];
  readonly deliveries: readonly { readonly orderId: string; readonly state: string }[];
  readonly balances: readonly { readonly id: string; readonly balance: Amount; readonly available: Amount }[];
  readonly rides: readonly (Ride & { readonly pickup: object })[];
  readonly visits: readonly Visit[];
  readonly penalties: readonly Penalty[];
  readonly banned: boolean;
  readonly reads: readonly { readonly orderId: string; readonly offeringName: string; readonly version: number }[];
}

export interface TimelineEntry {
  readonly id: string;
  readonly event: string;
  readonly text: string;
}

export interface Rebuild {
  readonly id: string;
  readonly state: string;
  readonly stateReason: string;
  readonly sources: readonly { readonly source: string; readonly events: string; readonly waitingReason: string }[];
}

/** My page of a customer. */
export function pageOf(api: Api, customerId: string): Promise<Mypage> {
  return api.get<Mypage>(`/v1/mypages/${customerId}`);
}

export function timelineOf(api: Api, customerId: string): Promise<TimelineEntry[]> {
  return api.list<TimelineEntry>(`/v1/mypages/${customerId}/timeline`, 'timeline');
}

/** Waits until the customer's timeline says it: what is told last is there with everything before it. */
export function untilTold(api: Api, customerId: string, ...texts: string[]): Promise<TimelineEntry[]> {
  return until(`the timeline to say ${texts.join(' and ')}`, 20_000, async () => {
    const timeline = await timelineOf(api, customerId).catch((error) => {
      // The page is opened by the customer's first event.
      if (error instanceof ApiError && error.reason === 'MYPAGE_NOT_FOUND') return [];
      throw error;
    });
    return texts.every((text) => timeline.some((entry) => entry.text === text)) ? timeline : undefined;
  });
}

/** Waits until a rebuild has ended. */
export function untilRebuilt(api: Api, id: string): Promise<Rebuild> {
  return until(`the rebuild ${id} to end`, 30_000, async () => {
    const rebuild = await api.get<Rebuild>(`/v1/mypageRebuilds/${id}`);
    return rebuild.state === 'MYPAGE_REBUILD_STATE_RUNNING' ? undefined : rebuild;
  });
}
