import type { Book } from './book.ts';
import type { Answer, Command, Moment } from './command.ts';
import type { Effect } from './effect.ts';
import { endReservation, expireReservation } from './endReservation.ts';
import { expireCredit } from './expireCredit.ts';
import { forfeit } from './forfeit.ts';
import { give } from './give.ts';
import type { BalanceCause } from './ledger.ts';
import { refund } from './refund.ts';
import { reserve } from './reserve.ts';
import { spend, withdraw } from './spend.ts';

/** What a command does to the book, and why. */
export interface Decision {
  effects: Effect[];
  cause: BalanceCause;
  causeId: string;
  answer: Answer;
}

/** Decides a command on the book as it stands; throws the fault that refuses it. Changes nothing. */
export function decide(book: Book, command: Command, moment: Moment): Decision {
  switch (command.kind) {
    case 'reserve':
      return reserve(book, command, moment);
    case 'commit':
    case 'release':
      return endReservation(book, command, moment);
    case 'expire-reservation':
      return expireReservation(book, command, moment);
    case 'give':
      return give(book, command, moment);
    case 'refund':
      return refund(book, command, moment);
    case 'spend':
      return spend(book, command, moment);
    case 'forfeit':
      return forfeit(book, command, moment);
    case 'withdraw':
      return withdraw(book, command, moment);
    case 'expire-credit':
      return expireCredit(book, command, moment);
    default:
      return command satisfies never;
  }
}

export type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;
