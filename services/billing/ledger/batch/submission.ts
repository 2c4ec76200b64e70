import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { Book } from '../domain/book.ts';
import type { Answer, Command } from '../domain/command.ts';

/** A command on its way into a batch. */
export interface Submission<M extends Message | undefined = Message | undefined> {
  command: Command;
  accountId: string;
  /** The key under which its first answer is kept; undefined for one that nobody repeats. */
  keyed?: Keyed;
  /** The caller's trace, which the event belongs to. */
  traceparent?: string | null;
  /** What its caller gets; called when the book stands as the command has left it. */
  reply: (book: Book, answer: Answer) => M;
}

export interface Keyed {
  method: string;
  key: string;
  /** Of the command's content. */
  hash: Buffer;
  /** Of the answer. */
  schema: DescMessage;
  /** Whether a refusal for want of balance is the first answer, too. */
  refusesForGood?: boolean;
}

/** What became of a submission. */
export type Outcome = { reply: Message | undefined } | { fault: unknown };

/** Whose turn has not come is told so when nobody waits for it any more. */
export interface Patience {
  signal: AbortSignal;
  deadline?: Date;
}
