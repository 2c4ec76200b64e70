import type { Money } from '#shared/money/money';
import type { DriverState } from './driver.ts';
import type { Ride, RideDriver, RideState, Trip } from './ride.ts';

/** What happens to a ride. LAPSE: the driver was silent. WITHDRAW: the driver went offline. GIVE_UP: nobody took it in time. */
export type RideCommand =
  | { kind: 'OFFER'; driver: RideDriver; expireTime: Date }
  | { kind: 'ACCEPT'; arrivalTime: Date }
  | { kind: 'DECLINE' }
  | { kind: 'LAPSE' }
  | { kind: 'WITHDRAW' }
  | { kind: 'BOARD' }
  | { kind: 'END'; trip: Trip; fare: Money; paymentId: string }
  | { kind: 'CANCEL' }
  | { kind: 'GIVE_UP' };

export type RideCommandKind = RideCommand['kind'];

/**
 * The life of a ride:
 *
 *     REQUESTED ── offer ──> OFFERED ── accept ──> DISPATCHED ── board ──> IN_PROGRESS ── end ──> ENDED
 *         ^                     │
 *         └─ decline, lapse, ───┘      cancel, until boarding: CANCELLED by the customer
 *            withdraw                  give up, until dispatch: CANCELLED by the system
 */
const allowed: Record<RideState, Partial<Record<RideCommandKind, RideState>>> = {
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

export type OfferOutcome = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'LAPSED' | 'WITHDRAWN' | 'CANCELLED';

/** A ride after a command, and what that means for its driver. */
export interface Move {
  ride: Ride;
  /** The driver's new state; absent where the command leaves every driver as they are. */
  driver: { id: string; state: DriverState } | undefined;
  /** How the offer stands; absent where the command is not about one. */
  offer: { driverId: string; outcome: OfferOutcome } | undefined;
  /** Whom the offer or the ride was taken from; empty if nobody. */
  releasedDriverId: string;
}

/** What a command does to a ride; undefined where its state, or the time, forbids it. */
export function moved(before: Ride, command: RideCommand, now: Date): Move | undefined {
  const state = allowed[before.state][command.kind];
  if (state === undefined || !isTimely(before, command, now)) return undefined;
  const details = detailsOf(before, command, now);
  const driver = details.driver === null ? undefined : (details.driver ?? before.driver);
  const concerned = driver?.id ?? before.driver?.id ?? '';
  const stateReason = details.stateReason ?? '';
  const ride: Ride = {
    ...before,
    ...details,
    state,
    stateReason,
    driver,
    offerExpireTime: details.offerExpireTime,
    history: [...before.history, { state, reason: stateReason, time: now, driverId: concerned }],
    revision: before.revision + 1n,
  };
  const driverState = concerned === '' ? undefined : driverAfter[command.kind];
  const outcome = command.kind === 'OFFER' || before.state === 'OFFERED' ? outcomes[command.kind] : undefined;
  return {
    ride,
    driver: driverState && { id: concerned, state: driverState },
    offer: outcome && { driverId: concerned, outcome },
    releasedDriverId: releasing.has(command.kind) ? concerned : '',
  };
}

/** An offer is taken until it runs out, and a request is answered by its time: whoever looks first, and however late. */
function isTimely({ answerTime, offerExpireTime }: Ride, { kind }: RideCommand, now: Date): boolean {
  switch (kind) {
    case 'OFFER':
      return now < answerTime;
    case 'ACCEPT':
      return offerExpireTime !== undefined && now < offerExpireTime;
    case 'LAPSE':
      return offerExpireTime !== undefined && now >= offerExpireTime;
    case 'GIVE_UP':
      return now >= answerTime;
    default:
      return true;
  }
}

/** What a command changes besides the state. A driver of null is nobody any more. */
type Details = Partial<Omit<Ride, 'driver'>> & { driver?: RideDriver | null };

function detailsOf(before: Ride, command: RideCommand, now: Date): Details {
  switch (command.kind) {
    case 'OFFER':
      return { driver: command.driver, offerExpireTime: command.expireTime };
    case 'ACCEPT':
      return { arrivalTime: command.arrivalTime, decideTime: now };
    case 'DECLINE':
    case 'LAPSE':
    case 'WITHDRAW':
      return { driver: null };
    case 'BOARD':
      return { boardTime: now };
    case 'END':
      return { trip: command.trip, fare: command.fare, paymentId: command.paymentId };
    case 'CANCEL':
      // Who was on the way belongs to the ride's story; who was merely asked does not.
      return before.state === 'DISPATCHED' ? { cancelledBy: 'CUSTOMER' } : { cancelledBy: 'CUSTOMER', driver: null };
    case 'GIVE_UP':
      return { cancelledBy: 'SYSTEM', stateReason: 'NO_DRIVER_AVAILABLE', driver: null, decideTime: now };
    default:
      return command satisfies never;
  }
}

const driverAfter: Record<RideCommandKind, DriverState | undefined> = {
  OFFER: 'OFFERED',
  ACCEPT: 'ENGAGED',
  DECLINE: 'FREE',
  LAPSE: 'FREE',
  WITHDRAW: 'OFFLINE',
  BOARD: undefined,
  END: 'FREE',
  CANCEL: 'FREE',
  GIVE_UP: 'FREE',
};

const outcomes: Record<RideCommandKind, OfferOutcome | undefined> = {
  OFFER: 'OPEN',
  ACCEPT: 'ACCEPTED',
  DECLINE: 'DECLINED',
  LAPSE: 'LAPSED',
  WITHDRAW: 'WITHDRAWN',
  BOARD: undefined,
  END: undefined,
  CANCEL: 'CANCELLED',
  GIVE_UP: 'CANCELLED',
};

const releasing: ReadonlySet<RideCommandKind> = new Set<RideCommandKind>([
  'DECLINE',
  'LAPSE',
  'WITHDRAW',
  'CANCEL',
  'GIVE_UP',
]);
