import type { Book } from './book.ts';
import type { Command, Moment } from './command.ts';
import type { Decision } from './decision.ts';
import { endReservation, expireReservation } from './endReservation.ts';
import { expireCredit } from './expireCredit.ts';
import { forfeit } from './forfeit.ts';
import { give } from './give.ts';
import { refund } from './refund.ts';
import { reserve } from './reserve.ts';
import { spend, withdraw } from './spend.ts';

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
