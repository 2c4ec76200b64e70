import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { rideText } from '../domain/rideText.ts';
import { put, tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

export function onRideStateChanged(timeZone: string): Projection {
  return projection(RideStateChangedSchema, ({ ride, previousState, offeringName }, { id, time, sequence }) => {
    if (!ride?.customerId) {
      throw new Fault('EVENT_MALFORMED', { message: 'RideStateChanged without a ride or its customer' });
    }
    const { customerId } = ride;
    const text = rideText(ride, previousState, offeringName, timeZone);
    return [
      put('ride', sequence, ride, customerId),
      tell({ id, customerId, time, event: 'RideStateChanged', text, subjectId: ride.id }),
    ];
  });
}
