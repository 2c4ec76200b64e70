import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiError } from '../sample/api.ts';
import type { Money } from '../sample/resources.ts';
import type { Stage } from './cast.ts';
import { arrivals, type Location, type Trip, trip } from './city.ts';

export interface Ride {
  readonly id: string;
  readonly state: string;
  readonly cancelledBy: string;
  readonly driverId: string;
  readonly customerId: string;
  readonly fare?: Money;
  readonly history: readonly { readonly state: string; readonly time: string }[];
}

/** What became of the requests. */
export interface Evening {
  /** Requests that were told at once that nobody is free. */
  turnedAway: number;
  /** How often a card was declined at drop-off. */
  declined: number;
  /** Rides by id, as they were last seen. */
  rides: Map<string, Ride>;
}

export interface Plan extends Stage {
  readonly business: string;
  readonly offeringId: string;
  readonly riders: readonly string[];
  readonly rides: number;
  /** How long one waits on the average for the next request, in milliseconds. */
  readonly meanGapMs: number;
  readonly signal: AbortSignal;
  readonly report: (evening: Evening, requested: number) => void;
}

const lookEveryMs = 200;

/**
 * Plays riders and drivers against the running mesh. Riders request rides at random moments; drivers, of whom one in ten declines and one in
 * fifty does not answer, accept, pick up and drop off. Waiting and driving take seconds here instead of minutes.
 */
export class CityEvening {
  readonly evening: Evening = { turnedAway: 0, declined: 0, rides: new Map() };
  readonly #plan: Plan;
  readonly #trips = new Map<string, Trip>();
  /** Offers and rides that somebody is acting on, by ride, driver and state. */
  readonly #handled = new Set<string>();
  readonly #acts = new Set<Promise<void>>();
  #requested = 0;
  #failure: unknown;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Resolves when every ride has come to its end, or the time is over. */
  async play(): Promise<Evening> {
    const { random, rides, meanGapMs, signal } = this.#plan;
    const requests = arrivals(random, rides, meanGapMs).map((at) => this.#after(at, () => this.#request()));
    const requesting = Promise.all(requests);
    let isRequesting = true;
    requesting.finally(() => {
      isRequesting = false;
    });
    while (!signal.aborted && this.#failure === undefined && (isRequesting || this.#open() > 0)) {
      await this.#look();
      this.#plan.report(this.evening, this.#requested);
      await sleep(lookEveryMs);
    }
    await requesting;
    await Promise.all(this.#acts);
    if (this.#failure !== undefined) throw this.#failure;
    return this.evening;
  }

  #open(): number {
    const over = new Set(['RIDE_STATE_ENDED', 'RIDE_STATE_CANCELLED']);
    return [...this.evening.rides.values()].filter(({ state }) => !over.has(state)).length;
  }

  async #request(): Promise<void> {
    const { api, random, offeringId, riders, key } = this.#plan;
    const planned = trip(random);
    const place = (location: Location, address: string) => ({ location, address });
    const customerId = random.pick(riders);
    const number = ++this.#requested;
    const wanted = {
      customerId,
      offeringId,
      pickup: place(planned.pickup, '타는 곳'),
      dropoff: place(planned.dropoff, '내리는 곳'),
    };
    try {
      const ride = await api.post<Ride>('/v1/rides', wanted, key(`ride-${number}`));
      this.#trips.set(ride.id, planned);
      this.evening.rides.set(ride.id, ride);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NO_DRIVER_AVAILABLE')) throw error;
      this.evening.turnedAway++;
    }
  }

  /** Sees how the open rides stand, and has whoever is next do something, after some thought. */
  async #look(): Promise<void> {
    const { api, random } = this.#plan;
    const open = [...this.evening.rides.values()].filter(({ state }) => !/ENDED|CANCELLED/.test(state));
    if (open.length === 0) return;
    // Ids are in the order of time.
    const [since = ''] = open.map(({ id }) => id).sort();
    for (const ride of await newestRides(api, this.#plan.business, since)) {
      if (!this.evening.rides.has(ride.id)) continue;
      this.evening.rides.set(ride.id, ride);
      const moment = `${ride.id} ${ride.driverId} ${ride.state}`;
      if (this.#handled.has(moment)) continue;
      this.#handled.add(moment);
      const chance = random.next();
      const thought = 200 + random.below(1_200);
      switch (ride.state) {
        case 'RIDE_STATE_OFFERED':
          if (chance < 0.1) this.#do(thought, ride, 'decline', { driverId: ride.driverId });
          else if (chance < 0.98)
            this.#do(thought, ride, 'accept', { driverId: ride.driverId, etaMinutes: 1 + random.below(9) });
          break;
        case 'RIDE_STATE_DISPATCHED':
          if (chance < 0.04) this.#do(thought, ride, 'cancel', {});
          else this.#do(500 + thought, ride, 'board', {});
          break;
        case 'RIDE_STATE_IN_PROGRESS':
          this.#do(1_000 + 2 * thought, ride, 'end', this.#measured(ride));
          break;
        default:
      }
    }
  }

  #measured({ id }: Ride): object {
    const { distanceMeters = 0, durationSeconds = 0 } = this.#trips.get(id) ?? {};
    return { distanceMeters, durationSeconds };
  }

  #do(afterMs: number, ride: Ride, command: string, body: object): void {
    this.#after(afterMs, () => this.#act(ride, command, body));
  }

  async #act(ride: Ride, command: string, body: object): Promise<void> {
    const { api, key } = this.#plan;
    try {
      const now = await api.post<Ride>(
        `/v1/rides/${ride.id}:${command}`,
        body,
        key(`${command}-${ride.id}-${ride.driverId}`),
      );
      this.evening.rides.set(ride.id, now);
      if (command === 'end') await this.#move(ride);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Somebody was faster: the system, the rider or the other driver.
      if (error.reason === 'RIDE_STATE_FORBIDS' || error.reason === 'RIDE_NOT_OFFERED') return;
      if (error.reason !== 'PAYMENT_DECLINED') throw error;
      this.evening.declined++;
      const card = { customerId: ride.customerId, token: 'tok_mastercard' };
      await api.post('/v1/paymentMethods', card, key(`second-card-${ride.id}`));
      const again = await api.post<Ride>(`/v1/rides/${ride.id}:end`, body, key(`end-again-${ride.id}`));
      this.evening.rides.set(ride.id, again);
      await this.#move(ride);
    }
  }

  /** The driver waits for the next ride where this one ended. */
  async #move({ id, driverId }: Ride): Promise<void> {
    const location = this.#trips.get(id)?.dropoff;
    if (location)
      await this.#plan.api.post(`/v1/drivers/${driverId}:goOnline`, { location }, this.#plan.key(`at-${id}`));
  }

  #after(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#plan;
    const done = sleep(ms, undefined, { signal })
      .then(work)
      .catch((error: unknown) => {
        // What was still to be done when the time was over is left undone, and counted as that.
        if (!signal.aborted) this.#failure ??= error;
      })
      .finally(() => this.#acts.delete(done));
    this.#acts.add(done);
    return done;
  }
}

/** The business's rides from the newest down to the one of this id. */
async function newestRides(api: Api, business: string, since: string): Promise<Ride[]> {
  const found: Ride[] = [];
  let pageToken = '';
  do {
    const page = await api.get<{ rides?: Ride[]; nextPageToken?: string }>(
      `/v1/rides?business=${business}&pageSize=1000${pageToken && `&pageToken=${encodeURIComponent(pageToken)}`}`,
    );
    found.push(...(page.rides ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '' && (found.at(-1)?.id ?? '') > since);
  return found;
}
