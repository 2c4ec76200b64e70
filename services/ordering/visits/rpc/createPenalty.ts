import type { PenaltySchema } from '#proto/ordering/v1/penalty';
import type { CreatePenaltyRequestSchema } from '#proto/ordering/v1/penalty_service';
import type { Database } from '#shared/database/database';
import { newId } from '#shared/ids';
import type { LongCommand } from '#shared/rpc/context';
import { driveSaga, inlineLease } from '#shared/saga/inline';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { Logger } from '#shared/telemetry/log';
import { visitTermsOf } from '../../catalog/store/visitTerms.ts';
import { customerNotFound } from '../../customers/rpc/convert.ts';
import { findCustomer } from '../../customers/store/customers.ts';
import { newPenalty } from '../domain/penalty.ts';
import type { Posting } from '../saga/posting.ts';
import { insertPenalty } from '../store/writePenalties.ts';
import { visitable } from '../visitable.ts';
import { untilDecided } from './untilDecided.ts';

export interface PenaltyParts {
  database: Database;
  log: Logger;
  clock: () => Date;
  saga: Saga<Posting>;
  /** How long billing has to post it, in milliseconds. */
  postingLimitMs: number;
}

/** Asks for a penalty and waits for billing's word on it. Until then nobody sees it. */
export function createPenalty(
  parts: PenaltyParts,
): LongCommand<typeof CreatePenaltyRequestSchema, typeof PenaltySchema> {
  const { database, log, clock, saga, postingLimitMs } = parts;
  return {
    prepare:
      async ({ customerId, offeringId, place }) =>
      async (tx) => {
        if (!(await findCustomer(tx, customerId))) throw customerNotFound(customerId);
        const { business, displayName: offeringName } = await visitable(tx, offeringId);
        const points = (await visitTermsOf(tx, [offeringId])).get(offeringId)?.penaltyPoints ?? 0n;
        const now = clock();
        const penaltyId = newId();
        const wish = { id: penaltyId, business, customerId, offeringId, offeringName, place, points };
        await insertPenalty(tx, newPenalty(wish, now));
        const data: Posting = {
          penaltyId,
          customerId,
          offeringName,
          place,
          points: String(points),
          notAfter: new Date(now.getTime() + postingLimitMs).toISOString(),
          taken: '0',
          accountId: '',
          reason: '',
        };
        const begun = await startSaga(tx, saga, penaltyId, data, inlineLease);
        // Of what is not decided yet, its id is all that a repeated call needs.
        return { answer: { id: penaltyId }, committed: () => void driveSaga(database, saga, begun, log) };
      },
    settle: ({ id }, context) => untilDecided(database, { type: saga.type, id }, context),
  };
}
