import { SettlementCompletedSchema } from '#proto/settlement/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { settlementCompleted } from '../templates/settlementCompleted.ts';
import { notifyDepartment } from './notify.ts';

/** A mail to the business's department whenever a month was compared with a new result. */
export function onSettlementCompleted(now: () => Date) {
  return on(SettlementCompletedSchema, async ({ settlement, departmentEmail }, tx, { id }) => {
    if (!settlement) throw new Fault('EVENT_MALFORMED', { message: 'the event names no settlement' });
    await notifyDepartment(tx, { eventId: id, now: now() }, departmentEmail, settlementCompleted(settlement));
  });
}
