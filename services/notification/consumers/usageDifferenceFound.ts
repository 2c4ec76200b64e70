import { UsageDifferenceFoundSchema } from '#proto/rating/v1/events';
import { on } from '#shared/inbox/consumer';
import { usageDifferenceFound } from '../templates/usageDifferenceFound.ts';
import { notifyDepartment } from './notify.ts';

/** A mail to the business's department for every sum over its usage that does not add up. */
export function onUsageDifferenceFound(now: () => Date) {
  return on(UsageDifferenceFoundSchema, async (event, tx, { id }) => {
    await notifyDepartment(tx, { eventId: id, now: now() }, event.departmentEmail, usageDifferenceFound(event));
  });
}
