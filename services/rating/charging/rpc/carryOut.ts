import { fromBinary } from '@bufbuild/protobuf';
import { type ChargingSession, ChargingSessionSchema } from '#proto/rating/v1/charging_session';
import { Fault } from '#shared/errors/fault';
import { faultFrom } from '#shared/errors/storedFault';
import type { CallContext } from '#shared/rpc/context';
import { untilEnded } from '#shared/saga/ends';
import { driveSaga } from '#shared/saga/inline';
import type { SagaRow } from '#shared/saga/progress';
import { findOutcome, type Outcome } from '../store/reports.ts';
import type { ChargingParts } from './parts.ts';

/** A command that this call has begun, with its saga, or that an earlier one has. */
export interface Begun {
  command: string;
  saga: SagaRow | undefined;
}

/** How long the repeat of a command waits for its end, and how much of the caller's own deadline is left for the answer. */
const mostMs = 3_000;
const spareMs = 250;

/**
 * Drives a command that has been written down to its end, or waits for whoever drives it, and answers with what it came to. Where billing
 * does not answer, the command stays: the worker goes on with it, and the caller learns its end by sending it again.
 */
export async function carryOut(
  { database, log, saga }: ChargingParts,
  { command, saga: row }: Begun,
  { deadline, signal }: CallContext,
): Promise<ChargingSession> {
  if (row) {
    await driveSaga(database, saga, row, log);
  } else if (!(await findOutcome(database, command))) {
    const patience = deadline ? deadline.getTime() - Date.now() - spareMs : mostMs;
    await untilEnded(database, { type: saga.type, id: command }, { ms: Math.min(mostMs, patience), signal });
  }
  const outcome = await findOutcome(database, command);
  if (!outcome) {
    throw new Fault('DEPENDENCY_UNAVAILABLE', {
      message: 'billing does not answer; what was sent is kept and goes on, and the same again tells what came of it',
      retryAfterMs: 1_000,
    });
  }
  return answerOf(outcome);
}

function answerOf(outcome: Outcome): ChargingSession {
  if (outcome.kind === 'fault') throw faultFrom(outcome.fault);
  return fromBinary(ChargingSessionSchema, outcome.session);
}
