import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { storedFault } from '#shared/errors/storedFault';
import { decimal, exactText } from '#shared/money/decimal';
import { type Decision, goto } from '#shared/saga/saga';
import { decideGrant, type Grant } from '../domain/grant.ts';
import { granted } from '../domain/progress.ts';
import type { Session, Stretch } from '../domain/session.ts';
import { meterOf, stretchesAt } from '../pricing.ts';
import { saveSession } from '../store/sessions.ts';
import { toStored, toStretch } from '../store/stretches.ts';
import { availableIn, type Reserved } from './calls.ts';
import type { Charge } from './charge.ts';
import type { Metered } from './state.ts';

/** Held so much longer than the session waits for a report: what is reported in the last moment is still paid out of it. */
const graceMs = 3_600_000;

/** Tries to grant all that is asked for; after a refusal of billing's, as much as it says that there is. */
export async function grantUnits(
  tx: Transaction,
  metered: Metered,
  data: Charge,
  timeZone: string,
  refused?: Fault,
): Promise<Decision<Charge>> {
  if (refused && refused.reason !== 'INSUFFICIENT_BALANCE') return withoutGrant(tx, metered, data, refused);
  try {
    return await tryGrant(tx, metered, data, timeZone, refused);
  } catch (error) {
    // What was used is paid by now; only the next units cannot be priced, such as by a version that is for no session.
    if (error instanceof Fault) return withoutGrant(tx, metered, data, error);
    throw error;
  }
}

/** Writes down what billing has reserved. */
export async function reservedGrant(
  tx: Transaction,
  session: Session,
  { grant }: Charge,
  { id, accountId }: Reserved,
): Promise<void> {
  if (!grant) throw new Error('there is nothing to grant');
  const stretches = grant.stretches.map(toStretch);
  const reservation = { id, accountId, amount: BigInt(grant.amount) };
  const units = decimal(grant.units);
  await saveSession(tx, granted(session, { units, stretches, reservation, final: !grant.full }));
}

async function tryGrant(
  tx: Transaction,
  metered: Metered,
  data: Charge,
  timeZone: string,
  refused: Fault | undefined,
): Promise<Decision<Charge>> {
  const { session, tariff } = metered;
  const stretches = stretchesAt(tariff, session, new Date(data.grantTime), timeZone);
  const meter = meterOf(tariff, session.metric, stretches, timeZone);
  const requested = decimal(data.requested);
  const available = refused && availableIn(refused, session.currency);
  const grant = decideGrant(meter, session, requested, available);
  if (grant.kind === 'none') return withoutGrant(tx, metered, data, refused ?? tooExpensive());
  const full = grant.units.equals(requested);
  if (grant.amount > 0n) return goto('reserve', { ...data, grant: toData(grant, session, stretches, full) });
  await saveSession(tx, freely(session, grant, stretches, full));
  return goto('finish', data);
}

/** Billing is not asked for what costs nothing. */
function freely(session: Session, grant: Grant & { kind: 'grant' }, stretches: readonly Stretch[], full: boolean) {
  return granted(session, { units: grant.units, stretches, reservation: undefined, final: !full });
}

function toData(
  { units, amount }: Grant & { kind: 'grant' },
  { holdMs }: Session,
  stretches: readonly Stretch[],
  full: boolean,
): Charge['grant'] {
  const hold = { amount: String(amount), holdMs: holdMs + graceMs };
  return { units: exactText(units), ...hold, full, stretches: stretches.map(toStored) };
}

/** A start without units is none; a session that has begun goes on without. */
async function withoutGrant(
  tx: Transaction,
  { session }: Metered,
  data: Charge,
  fault: Fault,
): Promise<Decision<Charge>> {
  if (data.kind === 'START') return goto('finish', { ...data, refusal: storedFault(fault) });
  await saveSession(tx, { ...session, finalGrant: true });
  return goto('finish', data);
}

function tooExpensive(): Fault {
  return new Fault('INSUFFICIENT_BALANCE', { message: 'a single unit costs more than any balance can be' });
}
