import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { rideOffered } from '../templates/rideOffered.ts';
import { rideReceipt } from '../templates/rideReceipt.ts';
import { rideStateChanged } from '../templates/rideStateChanged.ts';
import { rideStateChangedDriver } from '../templates/rideStateChangedDriver.ts';
import { notifyCustomer, notifyDriver } from './notify.ts';

/**
 * A text message to who rides at every change of a ride's state, and a mail with the receipt at its end; a text message to the driver who
 * is offered the ride, and to the one whom the change concerns otherwise.
 */
export function onRideStateChanged(now: () => Date, timeZone: string) {
  return on(RideStateChangedSchema, async (event, tx, { id, time }) => {
    const { ride } = event;
    if (!ride?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'a ride needs a customer' });
    const occasion = { eventId: id, now: now() };
    const told = { time, timeZone };
    await notifyCustomer(tx, occasion, ride.customerId, rideStateChanged(event, ride, told));
    const receipt = rideReceipt(event, ride, told);
    if (receipt) await notifyCustomer(tx, occasion, ride.customerId, receipt);
    for (const toDriver of [rideOffered(ride, told), rideStateChangedDriver(event, ride, told)]) {
      if (toDriver) await notifyDriver(tx, occasion, toDriver.driverId, toDriver.draft);
    }
  });
}
