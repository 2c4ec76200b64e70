import { timestampDate } from '@bufbuild/protobuf/wkt';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { PaymentCapturedSchema } from '#proto/billing/v1/events';
import { PaymentState } from '#proto/billing/v1/payment';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { CustomerService } from '#proto/ordering/v1/customer_service';
import { DriverState } from '#proto/ordering/v1/driver';
import { DriverService } from '#proto/ordering/v1/driver_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { RideCanceller, RideState } from '#proto/ordering/v1/ride';
import { RideService } from '#proto/ordering/v1/ride_service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { emit } from '#shared/outbox/outbox';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { until } from '#test/conformance/child';
import { freshDatabase } from '#test/harness/database';
import { startNats } from '#test/harness/nats';
import { Cashier } from '../testing/cashier.ts';
import { north } from '../testing/city.ts';
import { Station } from '../testing/station.ts';

const places = { pickup: { location: north(0), address: '서울시청' }, dropoff: { location: north(8) } };

async function offer(station: Station): Promise<void> {
  const offering = { id: 'ride', business: 'tanda', kind: OfferingKind.RIDE, displayName: '탄다', tariffId: 'ride' };
  await station.as('operator', CatalogService).createOffering({ offering });
  await station.as('operator', CustomerService).createCustomer({ customer: { id: 'minji', displayName: '김민지' } });
}

async function goOnline(station: Station, id: string, kilometres: number): Promise<void> {
  await station
    .as('operator', DriverService)
    .createDriver({ driver: { id, displayName: '이기사', vehicle: '쏘나타' } });
  await station.as(`driver ${id}`, DriverService).goOnline({ driver: id, location: north(kilometres) });
}

const request = (station: Station) =>
  station.as('customer minji', RideService).createRide({ offeringId: 'ride', ...places });

/** Waits until a ride is in a state. */
async function reaches(station: Station, ride: string, state: RideState): Promise<void> {
  const rides = station.as('operator', RideService);
  await until(async () => (await rides.getRide({ ride })).state === state, `ride ${ride} gets to state ${state}`);
}

test('TAXI-2 TAXI-3 the service finds a driver, moves on after silence, and answers in time, by its own clock', async () => {
  await using nats = await startNats();
  await using database = await freshDatabase('ordering');
  const settings = { RIDE_DISPATCH_LIMIT_MS: '6000', RIDE_OFFER_LIMIT_MS: '2000' };
  await using station = await Station.open({ databaseUrl: database.url, natsUrl: nats.url, settings });
  await offer(station);
  await goOnline(station, 'near', 1);
  await goOnline(station, 'next', 2);
  const { id } = await request(station);
  const rides = station.as('driver next', RideService);
  await until(
    () =>
      rides.getRide({ ride: id }).then(
        ({ state }) => state === RideState.OFFERED,
        () => false,
      ),
    'the next one is asked',
  );
  expect(await rides.acceptRide({ ride: id, etaMinutes: 4 })).toMatchObject({
    state: RideState.DISPATCHED,
    driverId: 'next',
  });
  // The one who stays silent is asked for the other ride as well, and nobody else is left.
  const other = await request(station);
  await reaches(station, other.id, RideState.CANCELLED);
  const cancelled = await station.as('customer minji', RideService).getRide({ ride: other.id });
  expect(cancelled).toMatchObject({ cancelledBy: RideCanceller.SYSTEM, stateReason: 'NO_DRIVER_AVAILABLE' });
  const time = cancelled.history.at(-1)?.time;
  const late =
    Number(time && timestampDate(time)) - Number(cancelled.answerTime && timestampDate(cancelled.answerTime));
  expect(late).toBeGreaterThanOrEqual(0);
  // A few milliseconds; the rest of the minute is far more.
  expect(late).toBeLessThan(5_000);
});

test('TAXI-3 limits outlive the process: what became overdue while the service was down is answered when it starts', async () => {
  await using nats = await startNats();
  await using database = await freshDatabase('ordering');
  const place = { databaseUrl: database.url, natsUrl: nats.url };
  const began = Date.now();
  const ids: string[] = [];
  {
    await using station = await Station.open(place);
    await offer(station);
    await goOnline(station, 'near', 1);
    for (let count = 0; count < 3; count++) ids.push((await request(station)).id);
    await reaches(station, ids[0] ?? '', RideState.OFFERED);
  }
  // Ten minutes later.
  await using station = await Station.open(place, { now: () => new Date(Date.now() + 600_000) });
  for (const id of ids) await reaches(station, id, RideState.CANCELLED);
  const driver = await station.as('driver near', DriverService).getDriver({ driver: 'near' });
  expect(driver.state).toBe(DriverState.FREE);
  expect(Date.now() - began).toBeLessThan(55_000);
  await expect(
    station.as('driver near', RideService).acceptRide({ ride: ids[0] ?? '', etaMinutes: 1 }),
  ).rejects.toMatchObject({ reason: 'RIDE_STATE_FORBIDS', metadata: { state: 'CANCELLED' } });
});

test('TAXI-6 a driver’s phone is a number that text messages can go to, or none', async () => {
  await using nats = await startNats();
  await using database = await freshDatabase('ordering');
  await using station = await Station.open({ databaseUrl: database.url, natsUrl: nats.url });
  const drivers = station.as('operator', DriverService);
  const driver = (phone: string) => ({ driver: { displayName: '이기사', vehicle: '쏘나타', phone } });
  await expect(drivers.createDriver(driver('call me\n'))).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  expect((await drivers.createDriver(driver('+82-10-5555-0301'))).phone).toBe('+82-10-5555-0301');
  expect((await drivers.createDriver(driver(''))).phone).toBe('');
});

test('TAXI-4 billing’s event ends the ride whose driver got no answer', async () => {
  await using nats = await startNats();
  await using database = await freshDatabase('ordering');
  using cashier = await Cashier.open();
  const settings = { RATING_ADDRESS: cashier.address, BILLING_ADDRESS: cashier.address };
  await using station = await Station.open({ databaseUrl: database.url, natsUrl: nats.url, settings });
  await offer(station);
  await goOnline(station, 'near', 1);
  const { id } = await request(station);
  await reaches(station, id, RideState.OFFERED);
  const rides = station.as('driver near', RideService);
  await rides.acceptRide({ ride: id, etaMinutes: 4 });
  await rides.boardRide({ ride: id });
  cashier.mishap = () => 'after';
  const trip = { ride: id, distanceMeters: 8_000n, durationSeconds: 1_200n };
  await expect(rides.endRide(trip)).rejects.toMatchObject({ code: 14 });

  // Billing as far as ordering sees it: an outbox and its relay.
  await using own = await freshDatabase('billing');
  await using billing = new Database(own.url);
  const folder = new URL('../../../shared/outbox/migrations', import.meta.url);
  await migrate(billing, [{ name: 'shared/outbox', folder }]);
  const connection = await connect({ servers: nats.url });
  await using locks = new AdvisoryLocks(billing);
  const stop = new AbortController();
  const log = pino({ level: 'silent' });
  const relay = runRelay({ service: 'billing', database: billing, nats: connection, locks, log }, stop.signal);
  try {
    const [payment] = [...cashier.payments.values()];
    const { id: paymentId = '', key = '' } = payment ?? {};
    await billing.transaction((tx) =>
      emit(tx, PaymentCapturedSchema, {
        payment: { id: paymentId, key, customerId: 'minji', state: PaymentState.CAPTURED },
      }),
    );
    await reaches(station, id, RideState.ENDED);
    expect(await rides.getRide({ ride: id })).toMatchObject({ paymentId, fare: { amount: '14300' } });
    expect(cashier.takings).toBe(14_300n);
  } finally {
    stop.abort();
    await relay;
    await connection.close();
  }
});
