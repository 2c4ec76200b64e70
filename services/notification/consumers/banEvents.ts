import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { CustomerBannedSchema, CustomerUnbannedSchema } from '#proto/ordering/v1/events';
import type { Ban } from '#proto/ordering/v1/penalty';
import { Fault } from '#shared/errors/fault';
import { type Handler, on } from '#shared/inbox/consumer';
import type { Draft } from '../domain/message.ts';
import { customerBanned, customerUnbanned } from '../templates/bans.ts';
import { notifyCustomer } from './notify.ts';

/** A text message for every ban, and when it is lifted. */
export function banEvents(now: () => Date): Handler[] {
  const told = <E extends Message & { ban?: Ban | undefined; offeringName: string }>(
    schema: GenMessage<E>,
    draftOf: (ban: Ban, offeringName: string) => Draft,
  ) =>
    on(schema, async (message, tx, { id }) => {
      const { ban, offeringName } = message as E;
      if (!ban?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'a ban needs a customer' });
      await notifyCustomer(tx, { eventId: id, now: now() }, ban.customerId, draftOf(ban, offeringName));
    });
  return [told(CustomerBannedSchema, customerBanned), told(CustomerUnbannedSchema, customerUnbanned)];
}
