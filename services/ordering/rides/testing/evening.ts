import { setTimeout as sleep } from 'node:timers/promises';
import { DriverState } from '#proto/ordering/v1/driver';
import { Fault } from '#shared/errors/fault';
import type { City } from './city.ts';

/** What may be answered to somebody who comes too late; anything else is a failure of the test. */
const lateReasons = new Set(['RIDE_STATE_FORBIDS', 'RIDE_NOT_OFFERED', 'RIDE_NOT_FOUND', 'DRIVER_STATE_FORBIDS']);

async function perhaps(deed: Promise<unknown>): Promise<void> {
  await deed.catch((error) => {
    if (!(error instanceof Fault && lateReasons.has(error.reason))) throw error;
  });
}

/** Drives, declines, stays silent, goes off and comes back, as the dice fall, until the evening is over. */
export async function drive(city: City, driver: string, dice: () => number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const { state, rideId } = await city.driverOf(driver);
    const fate = dice();
    switch (state) {
      case DriverState.OFFERED:
        if (fate < 0.55) await perhaps(city.accept(rideId, driver));
        else if (fate < 0.75) await perhaps(city.decline(rideId, driver));
        else if (fate < 0.85) await perhaps(city.offline(driver));
        else await sleep(250);
        break;
      case DriverState.ENGAGED:
        await perhaps(fate < 0.2 ? city.cancel(rideId) : city.board(rideId).then(() => city.end(rideId)));
        break;
      case DriverState.OFFLINE:
        await city.online(driver, fate * 5);
        break;
      default:
        if (fate < 0.05) await perhaps(city.offline(driver));
        await sleep(5);
    }
  }
}
