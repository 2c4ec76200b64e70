import type { Entry } from '#proto/billing/v1/entry';
import type { Reservation } from '#proto/billing/v1/reservation';
import type { Book } from '../domain/book.ts';
import type { Answer } from '../domain/command.ts';
import { entryToProto, reservationToProto } from './convert.ts';

/** A command's reservation as the command leaves it. */
export function reservationReply(book: Book, answer: Answer): Reservation {
  if (answer.kind !== 'reservation') throw new Error('the command answers with no reservation');
  const reservation = book.reservation(answer.id);
  return reservationToProto(reservation, book.account(reservation.accountId).currency);
}

/** What a command's entry did to its account; without an id where there was nothing to do. */
export function entryReply(book: Book, answer: Answer): Entry {
  if (answer.kind === 'no-entry') return entryToProto(answer.entry);
  if (answer.kind !== 'entry') throw new Error('the command answers with no entry');
  return entryToProto(book.entry(answer.id, answer.accountId));
}
