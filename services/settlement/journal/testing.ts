import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { AccountKind } from '#proto/billing/v1/account';
import { BalanceCause, Ledger } from '#proto/billing/v1/entry';
import { BalanceChangedSchema } from '#proto/billing/v1/events';
import { JournalDifferenceFoundSchema } from '#proto/settlement/v1/events';
import type { JournalDifference } from '#proto/settlement/v1/journal';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import { createLogger } from '#shared/telemetry/log';
import { freshDatabase } from '#test/harness/database';
import { onBalanceChanged } from './consumers/balanceChanged.ts';

export interface Movement {
  id?: string;
  account?: string;
  position: number;
  /** By how much the prepaid account grows. */
  amount: number | bigint;
  currency?: string;
  time?: Date;
}

/** An event of a prepaid account that is topped up, or by a negative amount pays. */
export function movement(movement: Movement): MessageInitShape<typeof BalanceChangedSchema> {
  const { account = 'purse', currency = 'KRW', id = newId(), time = new Date(), position } = movement;
  const grows = movement.amount > 0;
  const money = (minor: number | bigint) => ({ currency, amount: String(minor) });
  const cause = grows ? BalanceCause.TOP_UP : BalanceCause.PAYMENT;
  return {
    account: { id: account, customerId: `${account}-owner`, currency, kind: AccountKind.PREPAID },
    cause,
    causeId: id,
    entry: {
      id,
      accountId: account,
      position: BigInt(position),
      time: timestampFromDate(time),
      cause,
      causeId: id,
      amount: money(movement.amount),
    },
    lines: [
      { ledger: Ledger.PREPAID, accountId: account, amount: money(-movement.amount) },
      { ledger: grows ? Ledger.CASH : Ledger.REVENUE, amount: money(movement.amount) },
    ],
  };
}

/** A journal on a database of its own, and its consumer. */
export class Journal implements AsyncDisposable {
  readonly database: Database;
  readonly #stack: AsyncDisposableStack;
  readonly #handler = onBalanceChanged({ now: () => new Date(), log: createLogger('settlement', 'silent') });

  private constructor(database: Database, stack: AsyncDisposableStack) {
    this.database = database;
    this.#stack = stack;
  }

  static async open(): Promise<Journal> {
    const stack = new AsyncDisposableStack();
    const database = new Database(stack.use(await freshDatabase('journal')).url);
    stack.use(database);
    await migrate(database, [
      { name: 'shared/outbox', folder: new URL('../../shared/outbox/migrations', import.meta.url) },
      { name: 'settlement', folder: new URL('../migrations/', import.meta.url) },
    ]);
    return new Journal(database, stack);
  }

  /** Handles events one after the other, each in a transaction as the inbox does. */
  async handle(...events: MessageInitShape<typeof BalanceChangedSchema>[]): Promise<void> {
    const envelope = { id: 'event', type: '', time: new Date(), subject: '', source: 'billing', sequence: 0n };
    for (const event of events) {
      await this.database.transaction((tx) => this.#handler.handle(create(BalanceChangedSchema, event), tx, envelope));
    }
  }

  /** Does to the journal what its constraints forbid. */
  async tamper(sql: string, values: unknown[] = []): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query("set local session_replication_role = 'replica'");
      await tx.query(sql, values);
    });
  }

  async empty(): Promise<void> {
    await this.tamper(
      'truncate journal_entries, journal_lines, journal_accounts, journal_days, journal_sums, journal_differences, outbox',
    );
    await this.database.query('update journal_comparison set compared_to = null');
  }

  /** The differences that were told to everybody, oldest first. */
  async reported(): Promise<(JournalDifference | undefined)[]> {
    const { rows } = await this.database.query<{ body: Buffer }>('select body from outbox order by position');
    return rows.map(({ body }) => fromBinary(JournalDifferenceFoundSchema, body).difference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
