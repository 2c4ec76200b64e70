import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Account } from '../../domain/account.ts';
import { accountColumns } from '../../store/accounts.ts';
import { Book } from '../domain/book.ts';
import type { Credit } from '../domain/credits.ts';
import type { Reservation } from '../domain/reservation.ts';
import { inOrder } from './inOrder.ts';
import { readReservations } from './reservations.ts';

/**
 * Holds the plans of this transaction, from here on, to look-ups by key. They are made once a connection, maybe while the tables are small, and a plan
 * that reads a whole table would stay in use while that grows.
 */
const lookUpsByKey =
  'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off';

/**
 * Locks the accounts and reads what belongs to them. These locks are the first of whatever moves an account and the only ones that
 * others wait for, and they are taken in one order, so no two transactions wait for each other. References from new rows do
 * not conflict with them.
 */
export async function openBook(
  tx: Transaction,
  accountIds: readonly string[],
  reservationIds: readonly string[] = [],
): Promise<Book> {
  let accounts: Account[] = [];
  let reservations: Reservation[] = [];
  let credits: Credit[] = [];
  await inOrder(tx, [
    () => tx.query(lookUpsByKey),
    async () => {
      accounts = await lockAccounts(tx, accountIds);
    },
    // Statements of their own: each sees what was committed before the locks were there.
    async () => {
      reservations = await readReservations(tx, reservationIds);
    },
    async () => {
      credits = await readCredits(tx, accountIds, reservationIds);
    },
  ]);
  return new Book({ accounts, reservations, credits });
}

async function lockAccounts(tx: Transaction, ids: readonly string[]): Promise<Account[]> {
  const { rows } = await prepared<Account>(
    tx,
    `select ${accountColumns} from accounts where id = any($1::text[]) order by id for no key update`,
    [ids],
  );
  return rows;
}

/** What is left of credits, and those that the reservations took from, also where nothing is left. */
async function readCredits(
  tx: Transaction,
  accountIds: readonly string[],
  reservationIds: readonly string[],
): Promise<Credit[]> {
  const { rows } = await prepared<Credit>(
    tx,
    `select id, account_id as "accountId", remaining, expire_time as "expireTime" from credits
     where account_id = any($1::text[]) and remaining > 0
     union
     select id, account_id, remaining, expire_time from credits
     where id in (select credit_id from reservation_credits where reservation_id = any($2::uuid[]))`,
    [accountIds, reservationIds],
  );
  return rows;
}
