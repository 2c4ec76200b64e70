import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import type { Driver } from '#proto/ordering/v1/driver';
import { DriverService } from '#proto/ordering/v1/driver_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import type { Ride } from '#proto/ordering/v1/ride';
import { RideService } from '#proto/ordering/v1/ride_service';
import type { CallContext } from '#shared/rpc/context';
import type { Caller } from '#shared/rpc/identity';
import { Counter } from '../../testing.ts';
import { lookOnce } from '../dispatch/dispatch.ts';
import { Cashier } from './cashier.ts';

export const asDriver = (driverId: string): Caller => ({
  subject: `user-of-${driverId}`,
  roles: new Set(['driver'] as const),
  driverId,
});

/** The city hall; a hundredth of a degree of latitude is about 1.1 km. */
const centre = { latitude: 37.5665, longitude: 126.978 };
export const north = (kilometres: number) => ({ ...centre, latitude: centre.latitude + kilometres / 111.195 });

/** Ordering with drivers, riders, and a cashier that answers for billing and rating. Time stands still, and the dispatch looks when told. */
export class City implements AsyncDisposable {
  readonly counter: Counter;
  readonly cashier: Cashier;
  readonly log: string[] = [];

  private constructor(counter: Counter, cashier: Cashier) {
    this.counter = counter;
    this.cashier = cashier;
  }

  static async open(settings: Record<string, string> = {}): Promise<City> {
    const cashier = await Cashier.open();
    const { address } = cashier;
    const counter = await Counter.open({ settings, addresses: { billing: address, rating: address } });
    return new City(counter, cashier);
  }

  /** Has so many seconds pass. */
  wait(seconds: number): void {
    this.counter.now = new Date(this.counter.now.getTime() + seconds * 1000);
  }

  async offering(id = `ride-${randomUUID().slice(0, 8)}`): Promise<string> {
    await this.counter.call(CatalogService, 'createOffering', {
      offering: { id, business: 'tanda', kind: OfferingKind.RIDE, displayName: '탄다 일반', tariffId: 'ride-tariff' },
    });
    return id;
  }

  /** A driver so many kilometres north of the centre; offline where none are given. */
  async driver(kilometres?: number): Promise<string> {
    const id = `driver-${randomUUID().slice(0, 8)}`;
    await this.counter.call(DriverService, 'createDriver', {
      driver: { id, displayName: '이기사', vehicle: '흰색 쏘나타 12가3456', phone: '+82-10-5555-0101' },
    });
    if (kilometres !== undefined) await this.online(id, kilometres);
    return id;
  }

  online(driver: string, kilometres: number): Promise<Driver> {
    return this.counter.call(DriverService, 'goOnline', { driver, location: north(kilometres) });
  }

  offline(driver: string): Promise<Driver> {
    return this.counter.call(DriverService, 'goOffline', { driver });
  }

  driverOf(driver: string): Promise<Driver> {
    return this.counter.call(DriverService, 'getDriver', { driver });
  }

  /** A request of a new customer's, from the centre to eight kilometres north. */
  async request(offeringId: string, more: Partial<{ customerId: string; kilometres: number }> = {}): Promise<Ride> {
    const { customerId = await this.counter.newCustomer(), kilometres = 0 } = more;
    return this.counter.call(RideService, 'createRide', {
      customerId,
      offeringId,
      pickup: { location: north(kilometres), address: '서울시청' },
      dropoff: { location: north(8), address: '북한산' },
    });
  }

  /** Has the dispatch look until nothing is left to do. */
  async dispatch(): Promise<void> {
    const { database, config } = this.counter;
    const log = pino({ level: 'error' }, { write: (line: string) => void this.log.push(line) });
    const parts = { database, settings: config.rides, clock: () => this.counter.now, log };
    for (;;) {
      const { moved, failed } = await lookOnce(parts);
      if (failed > 0) throw new Error(this.log.join('\n'));
      if (moved === 0) return;
    }
  }

  ride(ride: string): Promise<Ride> {
    return this.counter.call(RideService, 'getRide', { ride });
  }

  accept(ride: string, driverId = '', etaMinutes = 4): Promise<Ride> {
    return this.counter.call(RideService, 'acceptRide', { ride, driverId, etaMinutes });
  }

  decline(ride: string, driverId = ''): Promise<Ride> {
    return this.counter.call(RideService, 'declineRide', { ride, driverId });
  }

  board(ride: string): Promise<Ride> {
    return this.counter.call(RideService, 'boardRide', { ride });
  }

  cancel(ride: string): Promise<Ride> {
    return this.counter.call(RideService, 'cancelRide', { ride });
  }

  end(ride: string, more: Partial<{ meters: bigint; seconds: bigint }> & Partial<CallContext> = {}): Promise<Ride> {
    const { meters = 8_000n, seconds = 1_200n, ...context } = more;
    const request = { ride, distanceMeters: meters, durationSeconds: seconds };
    return this.counter.call(RideService, 'endRide', request, context);
  }

  /** A ride that is on its way, with its driver. */
  async underWay(): Promise<{ ride: Ride; driver: string }> {
    const driver = await this.driver(1);
    const { id } = await this.request(await this.offering());
    await this.dispatch();
    await this.accept(id);
    this.wait(240);
    return { ride: await this.board(id), driver };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.counter[Symbol.asyncDispose]();
    this.cashier[Symbol.dispose]();
  }
}
