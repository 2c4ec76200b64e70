import { durationMs } from '@bufbuild/protobuf/wkt';
import { type StartSessionRequest, StartSessionRequestSchema } from '#proto/rating/v1/charging_service';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { decimal, exactText, zero } from '#shared/money/decimal';
import type { CallContext } from '#shared/rpc/context';
import { inlineLease } from '#shared/saga/inline';
import { startSaga } from '#shared/saga/progress';
import { instantOf } from '#shared/time/instant';
import { startCommand } from '../domain/command.ts';
import type { Session } from '../domain/session.ts';
import { readTariff, stretchesAt } from '../pricing.ts';
import { chargeOf } from '../saga/charge.ts';
import { findReport, insertReport } from '../store/reports.ts';
import { insertSession } from '../store/sessions.ts';
import { type Begun, carryOut } from './carryOut.ts';
import type { ChargingParts } from './parts.ts';
import { requestHash } from './requestHash.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Begins a session. The same request again has the same answer; one that was refused has begun nothing and is tried anew. */
export function startSession(parts: ChargingParts) {
  return async (request: StartSessionRequest, context: CallContext) => {
    const requested = decimal(request.requested);
    if (requested.lte(zero)) throw invalidField('requested', 'must be above zero');
    const begun = await parts.database.transaction((tx) => begin(tx, parts, request));
    return carryOut(parts, begun, context);
  };
}

async function begin(tx: Transaction, parts: ChargingParts, request: StartSessionRequest): Promise<Begun> {
  const now = parts.clock.now();
  const hash = requestHash(StartSessionRequestSchema, request);
  const { currency } = await readTariff(tx, request.tariffId);
  const session = newSession(request, currency, now);
  if (!(await insertSession(tx, session))) return repeated(tx, session.id, hash);
  await requirePrice(tx, parts, session);
  const command = session.command ?? '';
  await insertReport(tx, { command, sessionId: session.id, sequence: 0n, request: hash }, now);
  const requested = exactText(decimal(request.requested));
  const charge = chargeOf(session, { kind: 'START', sequence: 0n, requested, grantTime: session.startTime });
  return { command, saga: await startSaga(tx, parts.saga, command, charge, inlineLease) };
}

function newSession(request: StartSessionRequest, currency: string, now: Date): Session {
  const { session: id, customerId, accountId, tariffId, metric, holdFor } = request;
  const holdMs = holdFor ? durationMs(holdFor) : hourMs;
  return {
    ...{ id, customerId, accountId, tariffId, metric, currency, state: 'STARTING', stretches: [], holdMs },
    ...{ granted: zero, used: zero, paid: zero, charged: 0n, tax: 0n, reserved: 0n, reservationId: '' },
    finalGrant: false,
    sequence: 0n,
    command: startCommand(id, newId()),
    startTime: startTimeOf(request, now),
    expireTime: new Date(now.getTime() + holdMs),
    endTime: undefined,
  };
}

function startTimeOf({ startTime }: StartSessionRequest, now: Date): Date {
  if (!startTime) return now;
  const time = instantOf(startTime);
  if (Math.abs(time.getTime() - now.getTime()) > dayMs) throw invalidField('start_time', 'is more than a day from now');
  return time;
}

/** Refuses a tariff that cannot charge the session before anything is written down. */
async function requirePrice(tx: Transaction, { timeZone }: ChargingParts, session: Session): Promise<void> {
  stretchesAt(await readTariff(tx, session.tariffId), session, session.startTime, timeZone);
}

async function repeated(tx: Transaction, id: string, hash: Buffer): Promise<Begun> {
  const first = await findReport(tx, id, 0n);
  if (!first) {
    throw new Fault('DEPENDENCY_UNAVAILABLE', {
      message: `another start of session ${id} was refused just now`,
      retryAfterMs: 100,
    });
  }
  if (first.request.equals(hash)) return { command: first.command, saga: undefined };
  throw new Fault('ID_TAKEN', {
    message: `there is a charging session ${id} already`,
    metadata: { session: id },
  });
}
