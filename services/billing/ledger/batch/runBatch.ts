import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Database, isUniqueViolation, type Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { faultFrom, storedFault } from '#shared/errors/storedFault';
import { newId } from '#shared/ids';
import { killPoint } from '#shared/process/killPoint';
import type { Clock } from '#shared/runtime/service';
import type { Book } from '../domain/book.ts';
import type { Moment } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Decision } from '../domain/decision.ts';
import { type FirstAnswer, insertAnswers, type KeyedAnswer, readAnswers } from '../store/commandKeys.ts';
import { inOrder } from '../store/inOrder.ts';
import { openBook } from '../store/openBook.ts';
import { writeBook } from '../store/writeBook.ts';
import type { Keyed, Outcome, Submission } from './submission.ts';

/**
 * Runs commands as one transaction: locks their accounts, decides one after another in memory, writes what came of all of them
 * with a fixed number of statements. One that is refused leaves nothing behind but its key, where it asks for that, and does not concern the others.
 */
export async function runBatch(database: Database, clock: Clock, batch: readonly Submission[]): Promise<Outcome[]> {
  const run = () => database.transaction((tx) => runIn(tx, clock, batch));
  const outcomes = await run().catch((error) => {
    // Another process used one of the keys, for another account, at this very moment: now its answer can be read.
    if (isUniqueViolation(error)) return run();
    throw error;
  });
  killPoint('ledger.committed');
  return outcomes;
}

/** The same in a transaction of somebody else's, which has locked no account yet. */
export async function runIn(tx: Transaction, clock: Clock, batch: readonly Submission[]): Promise<Outcome[]> {
  const { book, answers } = await open(tx, batch);
  killPoint('ledger.locked');
  const moment: Moment = { now: clock.now(), newId };
  const created: KeyedAnswer[] = [];
  const outcomes = batch.map((submission) => settle(book, submission, moment, answers, created));
  await inOrder(tx, [() => writeBook(tx, book), () => insertAnswers(tx, created)]);
  killPoint('ledger.before-commit');
  return outcomes;
}

type Answers = Map<string, FirstAnswer>;

async function open(tx: Transaction, batch: readonly Submission[]): Promise<{ book: Book; answers: Answers }> {
  const accountIds = new Set(batch.map(({ accountId }) => accountId));
  const reservationIds = new Set(
    batch.flatMap(({ command }) => ('reservationId' in command ? command.reservationId : [])),
  );
  const keys = batch.flatMap(({ keyed }) => keyed?.key ?? []);
  const opening: { book?: Book } = {};
  const answers: Answers = new Map();
  await inOrder(tx, [
    async () => {
      opening.book = await openBook(tx, [...accountIds], [...reservationIds]);
    },
    // Behind the locks: a first call with the same key has committed by now, or comes later.
    async () => {
      for (const kept of await readAnswers(tx, keys)) answers.set(nameOf(kept), kept);
    },
  ]);
  if (!opening.book) throw new Error('unreachable: the book is open');
  return { book: opening.book, answers };
}

/** Decides one command; what it changes shows in the book, what it answers in the answers. */
function settle(
  book: Book,
  { command, keyed, reply, traceparent }: Submission,
  moment: Moment,
  answers: Answers,
  created: KeyedAnswer[],
): Outcome {
  const kept = keyed && answers.get(nameOf(keyed));
  if (kept) return repeat(keyed, kept);
  const keep = ({ method, key, hash }: Keyed, first: Omit<FirstAnswer, 'hash'>) => {
    const answer = { method, key, hash, ...first };
    answers.set(nameOf(answer), answer);
    created.push(answer);
  };
  let decision: Decision;
  try {
    decision = decide(book, command, moment);
  } catch (fault) {
    if (keyed?.refusesForGood && fault instanceof Fault && fault.reason === 'INSUFFICIENT_BALANCE')
      keep(keyed, { answer: null, refusal: storedFault(fault) });
    return { fault };
  }
  book.apply(decision.effects, { cause: decision.cause, causeId: decision.causeId, traceparent: traceparent ?? null });
  const message = reply(book, decision.answer);
  if (keyed && message) keep(keyed, { answer: toBinary(keyed.schema, message), refusal: null });
  return { reply: message };
}

function repeat({ hash, schema }: Keyed, kept: FirstAnswer): Outcome {
  if (!kept.hash.equals(hash))
    return { fault: new Fault('IDEMPOTENCY_KEY_REUSED', { message: 'the key was used with another command' }) };
  if (kept.refusal) return { fault: faultFrom(kept.refusal) };
  if (!kept.answer) throw new Error('unreachable: a key is kept with its answer or its refusal');
  return { reply: fromBinary(schema, kept.answer) };
}

function nameOf({ method, key }: { method: string; key: string }): string {
  return `${method} ${key}`;
}
