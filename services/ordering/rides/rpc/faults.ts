import { Fault } from '#shared/errors/fault';
import type { Driver } from '../domain/driver.ts';
import type { RideCommandKind } from '../domain/lifecycle.ts';
import type { Attempt } from '../domain/payment.ts';
import type { Ride } from '../domain/ride.ts';

export function rideNotFound(id: string): Fault {
  return new Fault('RIDE_NOT_FOUND', { message: `there is no ride ${id}`, metadata: { ride_id: id } });
}

export function driverNotFound(id: string): Fault {
  return new Fault('DRIVER_NOT_FOUND', { message: `there is no driver ${id}`, metadata: { driver_id: id } });
}

export function rideStateForbids({ id, state, cancelledBy }: Ride, command: RideCommandKind): Fault {
  const by = cancelledBy ? ` by the ${cancelledBy.toLowerCase()}` : '';
  return new Fault('RIDE_STATE_FORBIDS', {
    message: `a ride that is ${state}${by} does not take ${command}`,
    metadata: { ride_id: id, state, ...(cancelledBy && { cancelled_by: cancelledBy }) },
  });
}

/** The same words for a ride that is offered to somebody else, to nobody any more, or never was: whose it is concerns nobody else. */
export function rideNotOffered(id: string): Fault {
  return new Fault('RIDE_NOT_OFFERED', {
    message: `ride ${id} is not offered to this driver, or not any more`,
    metadata: { ride_id: id },
  });
}

export function driverStateForbids({ id, state, rideId }: Driver): Fault {
  return new Fault('DRIVER_STATE_FORBIDS', {
    message: `driver ${id} has ride ${rideId}`,
    metadata: { driver_id: id, state, ride_id: rideId },
  });
}

export function ridePaymentUncertain({ rideId, trip }: Attempt): Fault {
  const { distanceMeters, durationSeconds } = trip;
  return new Fault('RIDE_PAYMENT_UNCERTAIN', {
    message: `it is not known yet whether ride ${rideId} was paid for ${distanceMeters} m and ${durationSeconds} s: end it with these`,
    metadata: {
      ride_id: rideId,
      distance_meters: String(distanceMeters),
      duration_seconds: String(durationSeconds),
    },
  });
}

export function noDriverAvailable(retryAfterMs: number): Fault {
  return new Fault('NO_DRIVER_AVAILABLE', {
    message: 'nobody has been free around there for a while',
    // A wait of nothing would read as an invitation to ask at once.
    retryAfterMs: Math.max(retryAfterMs, 1_000),
  });
}
