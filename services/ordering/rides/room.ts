import { DriverService } from '#proto/ordering/v1/driver_service';
import { RideService } from '#proto/ordering/v1/ride_service';
import { command, longCommand } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import * as calls from '../calls.ts';
import type { OrderingDependencies, Room } from '../room.ts';
import { paymentAnswers } from './consumers/paymentAnswers.ts';
import { dispatchWorker } from './dispatch/worker.ts';
import { acceptRide, declineRide } from './rpc/answerOffer.ts';
import { boardRide } from './rpc/boardRide.ts';
import { cancelRide } from './rpc/cancelRide.ts';
import { createDriver } from './rpc/createDriver.ts';
import { createRide } from './rpc/createRide.ts';
import { endRide } from './rpc/endRide.ts';
import { getDriver } from './rpc/getDriver.ts';
import { getRide } from './rpc/getRide.ts';
import { goOffline } from './rpc/goOffline.ts';
import { goOnline } from './rpc/goOnline.ts';
import { listDrivers } from './rpc/listDrivers.ts';
import { listRides } from './rpc/listRides.ts';

/** Drivers, and the rides they are found for and paid for. */
export function ridesRoom({ config, database, background, clients, clock, log }: OrderingDependencies): Room {
  const now = () => clock.now();
  const settings = config.rides;
  const drivers = implement(DriverService, database, {
    createDriver: command(createDriver(now)),
    getDriver: getDriver(database),
    listDrivers: listDrivers(database),
    goOnline: command(goOnline(now)),
    goOffline: command(goOffline(now)),
  });
  const paid = { database, clock: now, tariffs: clients.for(calls.tariffs), charges: clients.for(calls.charges) };
  const rides = implement(RideService, database, {
    createRide: command(createRide(settings, now)),
    getRide: getRide(database),
    listRides: listRides(database),
    acceptRide: command(acceptRide(now)),
    declineRide: command(declineRide(now)),
    boardRide: command(boardRide(now)),
    endRide: longCommand(endRide(paid)),
    cancelRide: command(cancelRide(now)),
  });
  return {
    rpc: [drivers, rides],
    consumers: [paymentAnswers(now)],
    sagas: [],
    workers: [dispatchWorker({ database: background, settings, clock: now, log })],
  };
}
