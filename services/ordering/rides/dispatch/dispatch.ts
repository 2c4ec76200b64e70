import type { Database, Transaction } from '#shared/database/database';
import type { Logger } from '#shared/telemetry/log';
import type { RideCommand } from '../domain/lifecycle.ts';
import { offerExpiry, type Ride } from '../domain/ride.ts';
import { tryMove } from '../moveRide.ts';
import type { RideSettings } from '../settings.ts';
import { lapsedOffers, overdueRides } from '../store/due.ts';
import { lockNearestDriver, matchableRides } from '../store/nearest.ts';
import { lockRideUnlessHeld } from '../store/readRides.ts';

export interface DispatchParts {
  database: Database;
  settings: RideSettings;
  clock: () => Date;
  log: Logger;
}

/** What one look has come to. */
export interface Look {
  /** How many rides it has moved. */
  moved: number;
  /** How many rides it failed with. */
  failed: number;
}

/** Most rides of a kind in one look, and how many of those that are due are dealt with at a time. */
const most = 200;
const abreast = 4;

/**
 * Looks once at every ride that waits for something: those nobody took in time are cancelled, silent drivers lose their offer, and
 * requests are offered, the oldest first, to the nearest driver who is free and was not asked yet. Each is a transaction of its own that
 * decides under the ride's lock, so any number of processes may look at the same time.
 */
export async function lookOnce(parts: DispatchParts): Promise<Look> {
  const { database, settings, clock } = parts;
  const look: Look = { moved: 0, failed: 0 };
  const giveUp = (tx: Transaction, ride: Ride) => tryMove(tx, ride, { kind: 'GIVE_UP' }, clock);
  const lapse = (tx: Transaction, ride: Ride) => tryMove(tx, ride, { kind: 'LAPSE' }, clock);
  const offer = (tx: Transaction, ride: Ride) => offerToNearest(tx, ride, settings, clock);
  await each(parts, look, await overdueRides(database, clock(), most), abreast, giveUp);
  await each(parts, look, await lapsedOffers(database, clock(), most), abreast, lapse);
  // One after the other: side by side, the younger request could get the driver who is nearest to both.
  await each(parts, look, await matchableRides(database, settings.radiusMeters, clock(), most), 1, offer);
  return look;
}

async function offerToNearest(
  tx: Transaction,
  ride: Ride,
  { radiusMeters, offerLimitMs }: RideSettings,
  clock: () => Date,
): Promise<Ride | undefined> {
  if (ride.state !== 'REQUESTED') return undefined;
  const driver = await lockNearestDriver(tx, ride, radiusMeters);
  if (!driver) return undefined;
  const command: RideCommand = { kind: 'OFFER', driver, expireTime: offerExpiry(ride, clock(), offerLimitMs) };
  return tryMove(tx, ride, command, clock);
}

/** A ride that somebody else holds is theirs to move; one that fails holds up no other. */
async function each(
  { database, log }: DispatchParts,
  look: Look,
  rides: string[],
  width: number,
  move: (tx: Transaction, ride: Ride) => Promise<Ride | undefined>,
): Promise<void> {
  const one = async (id: string) => {
    try {
      const after = await database.transaction(async (tx) => {
        const ride = await lockRideUnlessHeld(tx, id);
        return ride && (await move(tx, ride));
      });
      if (after) look.moved += 1;
    } catch (err) {
      look.failed += 1;
      log.error({ err, ride: id }, 'ride not dispatched; looking again');
    }
  };
  for (let next = 0; next < rides.length; next += width) {
    await Promise.all(rides.slice(next, next + width).map(one));
  }
}
