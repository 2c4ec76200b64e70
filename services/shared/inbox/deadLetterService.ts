import {
  JetStreamApiError,
  JetStreamError,
  type JetStreamManager,
  jetstream,
  type StoredMsg,
} from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import type { DeadLetter } from '#proto/common/v1/dead_letter';
import { DeadLetterService } from '#proto/common/v1/dead_letter_service';
import type { Database } from '../database/database.ts';
import { Fault } from '../errors/fault.ts';
import { deadLetterStream, ensureStream, managerOf, redriveStream, storedMessage } from '../events/streams.ts';
import { subjectToken } from '../events/token.ts';
import { killPoint } from '../process/killPoint.ts';
import { type Implementation, implement } from '../rpc/implement.ts';
import { nextToken, pageOf } from '../rpc/page.ts';
import { redriveHeaders, toDeadLetter } from './letter.ts';

/** The operator's view of parked events. Every service serves it, over the one stream they share. */
export function deadLetterService(database: Database, nats: NatsConnection): Implementation {
  return implement(DeadLetterService, database, {
    listDeadLetters: (request) => asked(async () => listDeadLetters(await managerOf(nats), request)),
    redriveDeadLetter: ({ deadLetter }) => asked(() => redrive(nats, Number(deadLetter))),
  });
}

async function listDeadLetters(
  manager: JetStreamManager,
  request: { service: string; pageSize: number; pageToken: string },
): Promise<{ deadLetters: DeadLetter[]; nextPageToken: string }> {
  const { limit, after } = pageOf(request);
  const filter = request.service === '' ? 'jangbu-dead.>' : `jangbu-dead.${subjectToken(request.service)}.>`;
  const letters: DeadLetter[] = [];
  let last = after ? sequenceOf(after) : 0;
  while (letters.length < limit) {
    const next = await letterFrom(manager, last + 1, filter);
    if (!next) return { deadLetters: letters, nextPageToken: '' };
    letters.push(toDeadLetter(next));
    last = next.seq;
  }
  const more = await letterFrom(manager, last + 1, filter);
  return { deadLetters: letters, nextPageToken: more ? nextToken([String(last)]) : '' };
}

function sequenceOf([text = '', ...rest]: string[]): number {
  if (/^\d{1,15}$/.test(text) && rest.length === 0) return Number(text);
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}

/** The first letter at or behind a sequence. */
function letterFrom(manager: JetStreamManager, seq: number, subject: string): Promise<StoredMsg | null> {
  // The server knows `next_by_subj` here since 2.9; the client's types name it for direct requests only.
  const query = { seq, next_by_subj: subject };
  return storedMessage(manager, deadLetterStream.name, query);
}

/**
 * Hands the event over first and removes the letter then: a crash in between leaves a letter of an event that
 * was sent again, and sending it once more does no harm, because the inbox knows what was handled.
 */
async function redrive(nats: NatsConnection, seq: number): Promise<DeadLetter> {
  const manager = await managerOf(nats);
  const stored =
    Number.isSafeInteger(seq) && seq > 0 ? await storedMessage(manager, deadLetterStream.name, { seq }) : null;
  if (!stored) throw new Fault('DEAD_LETTER_NOT_FOUND', { message: `no dead letter has the id ${seq}` });
  const parked = toDeadLetter(stored);
  await ensureStream(manager, redriveStream);
  await jetstream(nats).publish(`jangbu-redrive.${parked.service}.${parked.consumer}`, stored.data, {
    headers: redriveHeaders(stored),
    // With the time, because the numbers begin again when the stream is lost.
    msgID: `${seq}:${stored.timestamp}`,
  });
  killPoint('redrive.after-publish');
  await manager.streams.deleteMessage(deadLetterStream.name, seq);
  return parked;
}

/** What the broker does not answer is nobody's mistake: the caller may ask again. */
async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    if (!brokerErrors.some((kind) => cause instanceof kind)) throw cause;
    throw new Fault('DEPENDENCY_UNAVAILABLE', { message: 'the broker does not answer', retryAfterMs: 1_000, cause });
  }
}

const brokerErrors = [
  JetStreamError,
  JetStreamApiError,
  errors.TimeoutError,
  errors.RequestError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
];
