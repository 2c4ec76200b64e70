import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  CustomerBannedSchema,
  CustomerUnbannedSchema,
  PenaltyImposedSchema,
  PenaltyReleasedSchema,
} from '#proto/ordering/v1/events';
import type { Ban, Penalty } from '#proto/ordering/v1/penalty';
import { Fault } from '#shared/errors/fault';
import { bannedText, penaltyImposedText, penaltyReleasedText, unbannedText } from '../domain/penaltyText.ts';
import { put, tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

type PenaltyEvent = Message & { penalty?: Penalty | undefined; offeringName: string };
type BanEvent = Message & { ban?: Ban | undefined; offeringName: string };

/** Everything ordering says about penalties and about the bans that follow from them. */
export const penaltyEvents: Projection[] = [
  onPenalty(PenaltyImposedSchema, penaltyImposedText),
  onPenalty(PenaltyReleasedSchema, penaltyReleasedText),
  onBan(CustomerBannedSchema, bannedText),
  onBan(CustomerUnbannedSchema, unbannedText),
];

function onPenalty<E extends PenaltyEvent>(
  schema: GenMessage<E>,
  textOf: (penalty: Penalty, offeringName: string) => string,
): Projection {
  return projection(schema, (message, { id, time, sequence }) => {
    const { penalty, offeringName }: PenaltyEvent = message;
    if (!penalty?.customerId) throw malformed(schema, 'a penalty');
    const { customerId } = penalty;
    const text = textOf(penalty, offeringName);
    return [
      put('penalty', sequence, penalty, customerId),
      tell({ id, customerId, time, event: schema.name, text, subjectId: penalty.id }),
    ];
  });
}

function onBan<E extends BanEvent>(
  schema: GenMessage<E>,
  textOf: (ban: Ban, offeringName: string) => string,
): Projection {
  return projection(schema, (message, { id, time, sequence }) => {
    const { ban, offeringName }: BanEvent = message;
    if (!ban?.customerId) throw malformed(schema, 'a ban');
    const { customerId } = ban;
    const text = textOf(ban, offeringName);
    return [
      put('ban', sequence, ban, customerId),
      tell({ id, customerId, time, event: schema.name, text, subjectId: ban.id }),
    ];
  });
}

function malformed({ name }: { name: string }, what: string): Fault {
  return new Fault('EVENT_MALFORMED', { message: `${name} without ${what} or its customer` });
}
