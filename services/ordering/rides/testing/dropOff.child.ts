import '#test/conformance/orphan';
import { RideService } from '#proto/ordering/v1/ride_service';
import { Counter } from '../../testing.ts';

// Ends a ride, on a database and with a cashier of the parent's, until it is killed.
const { DATABASE_URL = '', CASHIER = '', RIDE = '' } = process.env;
const counter = await Counter.on(DATABASE_URL, { addresses: { billing: CASHIER, rating: CASHIER } });
const request = { ride: RIDE, distanceMeters: 8_000n, durationSeconds: 1_200n };
await counter.call(RideService, 'endRide', request, { idempotencyKey: 'drop-off' });
throw new Error('it should have been killed');
