import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { Database } from '#shared/database/database';
import { addServices } from '#shared/rpc/serve';
import { Ledger } from '../../services/billing/ledger/batch/ledger.ts';
import { balanceService } from '../../services/billing/ledger/rpc/balanceService.ts';
import { Books } from '../../services/billing/testing/books.ts';

/**
 * Billing's own BalanceService over billing's own database, for the tests of services that move balances. It can be out of reach: then no
 * command gets to it, or no answer comes back.
 */
export class Balances implements AsyncDisposable {
  readonly books: Books;
  readonly address: string;
  /** Asked at each command: whether it gets there, and whether its answer comes back. */
  trouble: () => 'none' | 'away' | 'answer lost' = () => 'none';
  readonly #server: grpc.Server;
  readonly #database: Database;

  private constructor(books: Books, server: grpc.Server, database: Database, port: number) {
    this.books = books;
    this.#server = server;
    this.#database = database;
    this.address = `127.0.0.1:${port}`;
  }

  static async open(): Promise<Balances> {
    const books = await Books.begin();
    const database = new Database(books.url, { pipeline: true });
    const { clock } = books;
    const ledger = new Ledger({ database, clock, lanes: 1, batchCommands: 500, mostWaiting: 10_000 });
    const server = new grpc.Server();
    let balances: Balances | undefined;
    const service = balanceService(database, ledger);
    for (const [name, handle] of Object.entries(service.handlers)) {
      service.handlers[name] = async (request: unknown, context: unknown) => {
        const trouble = balances?.trouble() ?? 'none';
        // As a connection that is cut: an answer of billing's would be one.
        const cut = () => Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' });
        if (trouble === 'away') throw cut();
        const answer = await (handle as (request: unknown, context: unknown) => Promise<unknown>)(request, context);
        if (trouble === 'answer lost') throw cut();
        return answer;
      };
    }
    const caller = { subject: 'service:test', roles: new Set(['service'] as const) };
    addServices(server, [service], { authenticate: async () => ({ caller }), log: pino({ level: 'silent' }) });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    balances = new Balances(books, server, database, port);
    return balances;
  }

  /** A prepaid account with so much on it. */
  async account(customerId: string, amount: number | bigint): Promise<string> {
    const account = await this.books.openAccount({ customerId });
    if (amount > 0) await this.give(account, amount);
    return account;
  }

  async give(account: string, amount: number | bigint): Promise<void> {
    const target = { case: 'account', value: account } as const;
    const money = { currency: 'KRW', amount: String(amount) };
    await this.books.process().credit({ target, amount: money, reason: CreditReason.GRANT });
  }

  /** What the account has and what of it is reserved. */
  async standing(account: string): Promise<{ balance: number; reserved: number }> {
    const [balance, reserved] = await this.books.standing(account);
    return { balance: Number(balance), reserved: Number(reserved) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await this.#database[Symbol.asyncDispose]();
    await this.books[Symbol.asyncDispose]();
  }
}
