import { BalanceChangedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { emitMany } from '#shared/outbox/outbox';
import type { Book } from '../domain/book.ts';
import { balanceChanged } from '../rpc/balanceChanged.ts';
import { insertCredits, moveCredits } from './credits.ts';
import { inOrder } from './inOrder.ts';
import { insertEntries } from './insertEntries.ts';
import { insertReservationCredits, insertReservations, updateReservations } from './reservations.ts';

/**
 * Writes what has changed in a book, and its events. The order keeps every account above its floor after every statement: first what
 * frees (ended reservations, spent credits), then the journal, then what binds (new reservations, new credits).
 */
export async function writeBook(tx: Transaction, { changes }: Book): Promise<void> {
  if (changes.isEmpty) return;
  const created = [...changes.newReservations.values()];
  const events = changes.balanceChanges;
  const credits = [...changes.credits];
  await inOrder(tx, [
    () => updateReservations(tx, [...changes.reservations.values()]),
    () =>
      moveCredits(
        tx,
        credits.filter(([, minor]) => minor < 0n),
      ),
    () => insertEntries(tx, changes.postings),
    () => insertReservations(tx, created),
    () =>
      moveCredits(
        tx,
        credits.filter(([, minor]) => minor > 0n),
      ),
    () => insertCredits(tx, [...changes.newCredits.values()]),
    () => insertReservationCredits(tx, created),
    () =>
      emitMany(
        tx,
        BalanceChangedSchema,
        events.map(balanceChanged),
        events.map(({ traceparent }) => traceparent ?? null),
      ),
  ]);
}
