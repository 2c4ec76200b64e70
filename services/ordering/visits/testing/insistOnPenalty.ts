import { randomUUID } from 'node:crypto';
import type { Penalty } from '#proto/ordering/v1/penalty';
import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import { Fault } from '#shared/errors/fault';
import type { Counter } from '../../testing.ts';

/** Asks for a penalty as a patient caller does: under one key, until it is known. A machine that is busy may take longer than one call waits. */
export async function insistOnPenalty(counter: Counter, customerId: string, offeringId: string): Promise<Penalty> {
  const idempotencyKey = randomUUID();
  const wish = { customerId, offeringId, place: '' };
  for (;;) {
    try {
      return await counter.call(PenaltyService, 'createPenalty', wish, { idempotencyKey });
    } catch (error) {
      if (!(error instanceof Fault && error.reason === 'DEPENDENCY_UNAVAILABLE')) throw error;
      await counter.driveSagas();
    }
  }
}
