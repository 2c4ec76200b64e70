import { type Duration, durationMs } from '@bufbuild/protobuf/wkt';
import {
  type StopSessionRequest,
  StopSessionRequestSchema,
  type UpdateSessionRequest,
  UpdateSessionRequestSchema,
} from '#proto/rating/v1/charging_service';
import type { Transaction } from '#shared/database/database';
import { decimal, exactText } from '#shared/money/decimal';
import type { CallContext } from '#shared/rpc/context';
import { inlineLease } from '#shared/saga/inline';
import { startSaga } from '#shared/saga/progress';
import { acceptReport } from '../domain/acceptReport.ts';
import { reportCommand } from '../domain/command.ts';
import { reported } from '../domain/progress.ts';
import { chargeOf } from '../saga/charge.ts';
import { findReport, insertReport } from '../store/reports.ts';
import { lockSession, saveSession } from '../store/sessions.ts';
import { type Begun, carryOut } from './carryOut.ts';
import { sessionNotFound } from './convert.ts';
import type { ChargingParts } from './parts.ts';
import { requestHash } from './requestHash.ts';

/** A report of either kind. */
interface Use {
  kind: 'UPDATE' | 'STOP';
  session: string;
  sequence: bigint;
  used: string;
  requested: string;
  holdFor: Duration | undefined;
  hash: Buffer;
}

/** Pays for what was used and grants further units. */
export function updateSession(parts: ChargingParts) {
  return (request: UpdateSessionRequest, context: CallContext) => {
    const { session, sequence, used, requested, holdFor } = request;
    const hash = requestHash(UpdateSessionRequestSchema, request);
    return report(parts, { kind: 'UPDATE', session, sequence, used, requested, holdFor, hash }, context);
  };
}

/** Pays for what was used and ends the session. */
export function stopSession(parts: ChargingParts) {
  return (request: StopSessionRequest, context: CallContext) => {
    const { session, sequence, used } = request;
    const hash = requestHash(StopSessionRequestSchema, request);
    return report(parts, { kind: 'STOP', session, sequence, used, requested: '', holdFor: undefined, hash }, context);
  };
}

async function report(parts: ChargingParts, use: Use, context: CallContext) {
  const begun = await parts.database.transaction((tx) => begin(tx, parts, use));
  return carryOut(parts, begun, context);
}

/** Writes the report down before billing hears of it; one that was seen before is not carried out again. */
async function begin(tx: Transaction, { clock, saga }: ChargingParts, use: Use): Promise<Begun> {
  const now = clock.now();
  const session = await lockSession(tx, use.session);
  if (!session || session.state === 'STARTING') throw sessionNotFound(use.session);
  const before = await findReport(tx, session.id, use.sequence);
  if (before?.request.equals(use.hash)) return { command: before.command, saga: undefined };
  acceptReport(session, use.sequence, now);
  const command = reportCommand(session.id, use.sequence);
  const holdMs = use.holdFor ? durationMs(use.holdFor) : session.holdMs;
  await saveSession(tx, { ...reported(session, decimal(use.used || '0'), holdMs, now), command });
  await insertReport(tx, { command, sessionId: session.id, sequence: use.sequence, request: use.hash }, now);
  const requested = exactText(decimal(use.requested || '0'));
  const charge = chargeOf(session, { kind: use.kind, sequence: use.sequence, requested, grantTime: now });
  return { command, saga: await startSaga(tx, saga, command, charge, inlineLease) };
}
