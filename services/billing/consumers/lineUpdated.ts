import { LineUpdatedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { updateContact } from '../store/chargeAccounts.ts';

/**
 * Sends the line's next invoices where the line now says. A line whose charge account is not (or no longer) there needs
 * nothing: the account is opened with the line as it then is.
 */
export const onLineUpdated = on(LineUpdatedSchema, async ({ line }, tx) => {
  if (!line) throw new Fault('EVENT_MALFORMED', { message: 'the event carries no line' });
  await updateContact(tx, line.id, { email: line.email, address: line.address });
});
