import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { PenaltyImposedSchema, PenaltyReleasedSchema } from '#proto/ordering/v1/events';
import type { Penalty } from '#proto/ordering/v1/penalty';
import { Fault } from '#shared/errors/fault';
import { type Handler, on } from '#shared/inbox/consumer';
import type { Draft } from '../domain/message.ts';
import { penaltyImposed, penaltyReleased } from '../templates/penalties.ts';
import { notifyCustomer } from './notify.ts';

/** A text message for every penalty, and when it is taken back. */
export function penaltyEvents(now: () => Date): Handler[] {
  const told = <E extends Message & { penalty?: Penalty | undefined; offeringName: string }>(
    schema: GenMessage<E>,
    draftOf: (penalty: Penalty, offeringName: string) => Draft,
  ) =>
    on(schema, async (message, tx, { id }) => {
      const { penalty, offeringName } = message as E;
      if (!penalty?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'a penalty needs a customer' });
      await notifyCustomer(tx, { eventId: id, now: now() }, penalty.customerId, draftOf(penalty, offeringName));
    });
  return [told(PenaltyImposedSchema, penaltyImposed), told(PenaltyReleasedSchema, penaltyReleased)];
}
