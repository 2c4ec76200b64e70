import { DriverChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { putDriver } from '../store/contacts.ts';

/** Keeps how the driver is reached. */
export const onDriverChanged = on(DriverChangedSchema, async ({ driver }, tx) => {
  if (!driver?.id) throw new Fault('EVENT_MALFORMED', { message: 'the event names no driver' });
  const { id, displayName, phone } = driver;
  await putDriver(tx, id, { displayName, phone });
});
