import { toBinary } from '@bufbuild/protobuf';
import { ChargingSessionSchema } from '#proto/rating/v1/charging_session';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { storedFault } from '#shared/errors/storedFault';
import { exactText } from '#shared/money/decimal';
import type { Session } from '../domain/session.ts';
import { sessionToProto } from '../rpc/convert.ts';
import { type Outcome, saveOutcome } from '../store/reports.ts';
import { deleteSession, saveSession } from '../store/sessions.ts';
import type { Charge } from './charge.ts';

/** The end of a command: the session takes the next one, and what this one came to is kept, for whoever asks again. */
export async function finish(tx: Transaction, session: Session, data: Charge, now: Date): Promise<void> {
  const { command } = session;
  if (!command) throw new Error(`no command of session ${session.id} is under way`);
  if (data.refusal) {
    await saveOutcome(tx, command, { kind: 'fault', fault: data.refusal }, true);
    return deleteSession(tx, session.id);
  }
  const after = afterCommand(session, data, now);
  await saveSession(tx, after);
  if (data.kind !== 'EXPIRE') await saveOutcome(tx, command, outcomeOf(after));
}

function afterCommand(session: Session, { kind, sequence }: Charge, now: Date): Session {
  const next = { ...session, command: undefined };
  switch (kind) {
    case 'START':
      return { ...next, state: 'OPEN' };
    case 'UPDATE':
      return { ...next, sequence: BigInt(sequence) };
    case 'STOP':
      return { ...next, sequence: BigInt(sequence), state: 'STOPPED', endTime: now };
    case 'EXPIRE':
      return { ...next, state: 'EXPIRED', endTime: now };
    default:
      return kind satisfies never;
  }
}

function outcomeOf(session: Session): Outcome {
  const unpaid = session.used.sub(session.paid);
  if (unpaid.gt(0)) {
    const units = exactText(unpaid);
    const fault = new Fault('SESSION_GRANT_EXCEEDED', {
      message: `the balance does not pay for ${units} of the ${exactText(session.used)} ${session.metric} that session ${session.id} has used`,
      metadata: { unpaid: units, metric: session.metric },
    });
    return { kind: 'fault', fault: storedFault(fault) };
  }
  return { kind: 'answer', session: Buffer.from(toBinary(ChargingSessionSchema, sessionToProto(session))) };
}
