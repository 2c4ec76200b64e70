import type { Location } from './place.ts';

export type DriverState = 'OFFLINE' | 'FREE' | 'OFFERED' | 'ENGAGED';

/** Somebody who drives. */
export interface Driver {
  id: string;
  displayName: string;
  vehicle: string;
  /** For text messages; it leaves by the driver's own record only, never by a ride. */
  phone: string;
  state: DriverState;
  /** Where the driver was last said to be. */
  location: Location | undefined;
  /** The ride that is offered to or driven by the driver; empty if none. */
  rideId: string;
  createTime: Date;
  revision: bigint;
}

/** The driver at work, and there. One with an offer or a ride keeps it and is only moved. */
export function online(driver: Driver, location: Location): Driver {
  const state = driver.state === 'OFFLINE' ? 'FREE' : driver.state;
  const same =
    state === driver.state &&
    driver.location?.latitude === location.latitude &&
    driver.location.longitude === location.longitude;
  return same ? driver : { ...driver, state, location, revision: driver.revision + 1n };
}

/** What it takes for a driver to stop working: nothing, a step of one's own, an offer taken back; or it is refused. */
export function wayOffline({ state }: Driver): 'there' | 'go' | 'withdraw' | 'refused' {
  switch (state) {
    case 'OFFLINE':
      return 'there';
    case 'FREE':
      return 'go';
    case 'OFFERED':
      return 'withdraw';
    case 'ENGAGED':
      return 'refused';
    default:
      return state satisfies never;
  }
}
