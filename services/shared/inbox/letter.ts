import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { JetStreamApiCodes, JetStreamApiError, type JsMsg, jetstream, type StoredMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { type DeadLetter, DeadLetterSchema } from '#proto/common/v1/dead_letter';
import { faultOf } from '../errors/classify.ts';
import { deadLetterStream, ensureStream, managerOf, storedMessage } from '../events/streams.ts';
import { headerText, readHeaderText, subjectToken } from '../events/token.ts';

export interface Parking {
  service: string;
  consumer: string;
  error: unknown;
  attempts: number;
}

const names = {
  service: 'jangbu-service',
  consumer: 'jangbu-consumer',
  subject: 'jangbu-subject',
  reason: 'jangbu-reason',
  message: 'jangbu-message',
  attempts: 'jangbu-attempts',
  parkTime: 'jangbu-park-time',
} as const;

/** On a redriven event: the sequence of the letter it was. */
export const redrivenHeader = 'jangbu-redriven-letter';

/**
 * Keeps an event that cannot be handled, with its cause. Parking it again, because the process died before it
 * could confirm the original, leaves the one letter that is there: the stream is asked to take the letter only if its
 * subject holds none. A redriven event that fails again may replace the letter it was, and only that one.
 */
export async function park(nats: NatsConnection, message: JsMsg, parking: Parking): Promise<void> {
  const manager = await managerOf(nats);
  await ensureStream(manager, deadLetterStream);
  const subject = `jangbu-dead.${parking.service}.${parking.consumer}.${subjectToken(eventId(message))}`;
  const existing = await storedMessage(manager, deadLetterStream.name, { last_by_subj: subject });
  if (existing && String(existing.seq) !== message.headers?.get(redrivenHeader)) return;
  try {
    await jetstream(nats).publish(subject, message.data, {
      headers: letterHeaders(message, parking),
      expect: { streamName: deadLetterStream.name, lastSubjectSequence: existing?.seq ?? 0 },
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence)) throw error;
  }
}

function letterHeaders(message: JsMsg, { service, consumer, error, attempts }: Parking): MsgHdrs {
  const { reason, message: text, cause } = faultOf(error);
  const told = reason === 'INTERNAL' && cause !== undefined ? String(cause) : text;
  const letter = copyHeaders(message.headers);
  letter.set('ce-id', eventId(message));
  letter.set(names.service, service);
  letter.set(names.consumer, consumer);
  letter.set(names.subject, originalSubject(message));
  letter.set(names.reason, reason);
  letter.set(names.message, headerText(told.slice(0, 1_000)));
  letter.set(names.attempts, String(attempts));
  letter.set(names.parkTime, new Date().toISOString());
  return letter;
}

/** The event's own headers: without what JetStream was told about its publication, and without an earlier letter's. */
export function copyHeaders(original: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const [key, values] of original ?? []) {
    if (/^(nats|jangbu)-/i.test(key)) continue;
    for (const value of values) copy.append(key, value);
  }
  return copy;
}

/** The event's id; one that came without is named by its place in the stream. */
export function eventId(message: JsMsg): string {
  return message.headers?.get('ce-id') || `${message.info.stream}-${message.seq}`;
}

export function originalSubject(message: JsMsg): string {
  return message.headers?.get(names.subject) || message.subject;
}

/** The headers under which a letter travels back to the consumer that had parked it. */
export function redriveHeaders(letter: StoredMsg): MsgHdrs {
  const hdrs = copyHeaders(letter.header);
  hdrs.set(redrivenHeader, String(letter.seq));
  hdrs.set(names.subject, letter.header.get(names.subject));
  return hdrs;
}

export function toDeadLetter(letter: StoredMsg): DeadLetter {
  const text = (name: string) => letter.header.get(name);
  return create(DeadLetterSchema, {
    id: String(letter.seq),
    service: text(names.service),
    consumer: text(names.consumer),
    eventId: text('ce-id'),
    eventType: text('ce-type'),
    subject: text(names.subject),
    reason: text(names.reason),
    message: readHeaderText(text(names.message)),
    attempts: Number(text(names.attempts)),
    parkTime: timestampFromDate(new Date(text(names.parkTime))),
  });
}
