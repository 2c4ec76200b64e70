import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'vitest';
import {
  CommitRequestSchema,
  CreditRequestSchema,
  DebitRequestSchema,
  ReleaseRequestSchema,
  ReserveRequestSchema,
} from '#proto/billing/v1/balance_service';
import { BalanceChangedSchema } from '#proto/billing/v1/events';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import type { Clock } from '#shared/runtime/service';
import { freshDatabase } from '#test/harness/database';
import { Ledger, type LedgerOptions } from '../ledger/batch/ledger.ts';
import { balanceHandlers } from '../ledger/rpc/balanceService.ts';
import { expiryWorker } from '../ledger/workers/expiry.ts';
import { insertAccount, readAccount } from '../store/accounts.ts';
import { patient } from './caller.ts';

/** A billing database of its own for the tests of balances. Its clock stands still until somebody moves it. */
export class Books implements AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  now = new Date('2026-11-21T03:00:00Z');
  readonly clock: Clock = { now: () => this.now };
  readonly #stack = new AsyncDisposableStack();

  private constructor(url: string) {
    this.url = url;
    this.database = new Database(url);
  }

  static async begin(): Promise<Books> {
    const fresh = await freshDatabase('ledger');
    const books = await Books.on(fresh.url);
    books.#stack.use(fresh);
    return books;
  }

  /** On a database that is there, whatever its age. */
  static async on(url: string): Promise<Books> {
    const books = new Books(url);
    books.#stack.use(books.database);
    const shared = (name: string) => new URL(`../../shared/${name}/migrations`, import.meta.url);
    await migrate(books.database, [
      { name: 'shared/outbox', folder: shared('outbox') },
      { name: 'shared/rpc', folder: shared('rpc') },
      { name: 'billing', folder: new URL('../migrations', import.meta.url) },
    ]);
    return books;
  }

  /** BalanceService as one process of it serves it, with connections of its own. */
  process(options: Partial<LedgerOptions> = {}) {
    const database = this.#stack.use(new Database(this.url, { pipeline: true }));
    const { clock } = this;
    const ledger = new Ledger({ database, clock, lanes: 2, batchCommands: 500, mostWaiting: 100_000, ...options });
    const handlers = balanceHandlers(ledger);
    const worker = expiryWorker({ database, ledger, clock });
    return {
      database,
      ledger,
      reserve: (init: MessageInitShape<typeof ReserveRequestSchema>, context = patient()) =>
        handlers.reserve(
          create(ReserveRequestSchema, { key: newId(), holdFor: durationFromMs(60_000), ...init }),
          context,
        ),
      commit: (init: MessageInitShape<typeof CommitRequestSchema>, context = patient()) =>
        handlers.commit(create(CommitRequestSchema, { key: newId(), ...init }), context),
      release: (init: MessageInitShape<typeof ReleaseRequestSchema>, context = patient()) =>
        handlers.release(create(ReleaseRequestSchema, { key: newId(), ...init }), context),
      credit: (init: MessageInitShape<typeof CreditRequestSchema>, context = patient()) =>
        handlers.credit(create(CreditRequestSchema, { key: newId(), ...init }), context),
      debit: (init: MessageInitShape<typeof DebitRequestSchema>, context = patient()) =>
        handlers.debit(create(DebitRequestSchema, { key: newId(), ...init }), context),
      /** Lets the expiry worker go through what is due now. */
      expire: async () => {
        for (let step = 0; step < 20; step++) {
          if ((await worker.run(AbortSignal.abort())) === 'idle') return;
        }
      },
    };
  }

  async openAccount(options: { customerId?: string; currency?: string; kind?: 'PREPAID' | 'POSTPAID' } = {}) {
    const { customerId = 'customer', currency = 'KRW', kind = 'PREPAID' } = options;
    const head = { id: newId(), customerId, currency, kind, openedForLine: undefined, createTime: this.now };
    const account = await this.database.transaction((tx) => insertAccount(tx, head));
    return account.id;
  }

  /** Balance, what is reserved and what is left of credits that expire. */
  async standing(accountId: string): Promise<[balance: bigint, reserved: bigint, expiring: bigint]> {
    const account = await readAccount(this.database, accountId);
    if (!account) throw new Error(`no account ${accountId}`);
    return [account.balance, account.reserved, account.expiring];
  }

  async events() {
    const { rows } = await this.database.query<{ body: Buffer }>(
      "select body from outbox where type like '%.BalanceChanged' order by position",
    );
    return rows.map(({ body }) => fromBinary(BalanceChangedSchema, body));
  }

  /** What must hold whatever has happened: read from the rows themselves, not from the sums. */
  async expectSound(): Promise<void> {
    const wrong = await this.database.query(`
      select 'an entry that does not sum to zero' as what from journal_lines group by entry_id, currency having sum(amount) <> 0
      union all select 'an entry without lines' from journal_entries where id not in (select entry_id from journal_lines)
      union all select 'a balance that was below zero' from journal_lines where account_balance < 0
      union all select 'positions with a gap' from journal_lines where account_id is not null
        group by account_id having count(*) <> max(account_position) or min(account_position) <> 1
      union all select 'a running balance that does not add up' from (
        select account_balance, sum(case ledger when 'PREPAID' then -amount else amount end)
          over (partition by account_id order by account_position) as sum from journal_lines where account_id is not null
      ) as line where account_balance <> sum
      union all select 'sums of an account that are not those of its rows' from accounts where
        balance <> coalesce((select sum(case ledger when 'PREPAID' then -amount else amount end) from journal_lines
          where account_id = accounts.id), 0)
        or entries <> (select count(*) from journal_lines where account_id = accounts.id)
        or reserved <> coalesce((select sum(amount) from reservations where account_id = accounts.id and state = 'HELD'), 0)
        or expiring <> coalesce((select sum(remaining) from credits where account_id = accounts.id), 0)
      union all select 'more spent than reserved, or more refunded than spent' from reservations
        where committed > amount or refunded > committed`);
    expect(wrong.rows).toEqual([]);
    await this.#expectEvents();
  }

  /** Every entry of an account in one event, in order, and the last event carries the account as it is. */
  async #expectEvents(): Promise<void> {
    const positions = new Map<string, bigint[]>();
    const last = new Map<string, string>();
    for (const { account, entry } of await this.events()) {
      const id = account?.id ?? '';
      last.set(id, `${minorOf(account?.balance)} ${minorOf(account?.reserved)} ${account?.etag}`);
      if (entry) positions.set(id, [...(positions.get(id) ?? []), entry.position]);
    }
    const { rows } = await this.database.query('select id, balance, reserved, revision, entries from accounts');
    for (const { id, balance, reserved, revision, entries } of rows) {
      const all = Array.from({ length: Number(entries) }, (_, index) => BigInt(index + 1));
      expect(positions.get(id) ?? []).toEqual(all);
      if (last.has(id)) expect(last.get(id)).toBe(`${balance} ${reserved} ${revision}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** An amount with its currency's own number of decimals, in minor units. */
function minorOf(money: { amount: string } | undefined): bigint {
  return BigInt((money?.amount ?? '').replace('.', ''));
}
