import type { Message } from '@bufbuild/protobuf';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Clock } from '#shared/runtime/service';
import { findPrepaidAccounts, findReservationAccounts } from '../store/findAccounts.ts';
import { Finder } from './finder.ts';
import { Lane } from './lane.ts';
import { runBatch } from './runBatch.ts';
import type { Patience, Submission } from './submission.ts';

export interface LedgerOptions {
  database: Database;
  clock: Clock;
  /** How many batches may be under way at a time. */
  lanes: number;
  /** Most commands of a batch. */
  batchCommands: number;
  /** Most commands that may wait; the next is refused at once. */
  mostWaiting: number;
}

/**
 * Takes commands on prepaid accounts and runs them in batches. Every account has its lane, so two batches of a process never
 * wait for each other; several processes on one database meet at the accounts' row locks.
 */
export class Ledger {
  readonly #lanes: Lane[];
  readonly #mostWaiting: number;
  readonly #clock: Clock;
  #waiting = 0;
  readonly #reservations: Finder;
  readonly #payers: Finder;

  constructor({ database, clock, lanes, batchCommands, mostWaiting }: LedgerOptions) {
    const run = (batch: readonly Submission[]) => runBatch(database, clock, batch);
    this.#lanes = Array.from({ length: lanes }, () => new Lane(run, batchCommands));
    this.#mostWaiting = mostWaiting;
    this.#clock = clock;
    this.#reservations = new Finder((ids) => findReservationAccounts(database, ids));
    this.#payers = new Finder((keys) => findPrepaidAccounts(database, keys));
  }

  /** Runs a command. A caller who no longer waits when its turn comes gets a fault, and nothing has happened. */
  async submit<M extends Message | undefined>(submission: Submission<M>, patience?: Patience): Promise<M> {
    if (this.#waiting >= this.#mostWaiting) {
      throw new Fault('DEPENDENCY_UNAVAILABLE', { message: 'too many commands are waiting', retryAfterMs: 500 });
    }
    this.#waiting += 1;
    try {
      const outcome = await this.#laneOf(submission.accountId).submit(submission, patience);
      if ('fault' in outcome) throw outcome.fault;
      // A repeated answer is decoded by the schema that belongs to the reply.
      return outcome.reply as M;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** The present, as commands are decided by it. */
  now(): Date {
    return this.#clock.now();
  }

  /** The account of a reservation. */
  async accountOf(reservationId: string): Promise<string> {
    const found = await this.#reservations.find(reservationId);
    if (found === undefined) {
      throw new Fault('RESERVATION_NOT_FOUND', { message: `no reservation ${reservationId}` });
    }
    return found;
  }

  /** The customer's oldest prepaid account in the currency. */
  async payerOf(customerId: string, currency: string): Promise<string> {
    const found = await this.#payers.find(`${currency} ${customerId}`);
    if (found === undefined) {
      throw new Fault('ACCOUNT_NOT_FOUND', { message: `customer ${customerId} has no prepaid account in ${currency}` });
    }
    return found;
  }

  /** Spares the look-up of a reservation that was made here. */
  remember(reservationId: string, accountId: string): void {
    this.#reservations.remember(reservationId, accountId);
  }

  #laneOf(accountId: string): Lane {
    let hash = 0;
    for (let index = 0; index < accountId.length; index++) hash = (hash * 31 + accountId.charCodeAt(index)) | 0;
    const lane = this.#lanes[Math.abs(hash) % this.#lanes.length];
    if (!lane) throw new Error('unreachable: there is a lane');
    return lane;
  }
}
