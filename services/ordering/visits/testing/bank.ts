import { timestampDate } from '@bufbuild/protobuf/wkt';
import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { BalanceService, CreditReason, DebitReason } from '#proto/billing/v1/balance_service';
import { TariffService } from '#proto/rating/v1/tariff_service';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { fromProto, type Money, toProto } from '#shared/money/money';
import { implement } from '#shared/rpc/implement';
import { addServices } from '#shared/rpc/serve';

/** How a call goes wrong: before it has an effect, or after it, when only the answer is lost. */
export type Mishap = 'before' | 'after' | undefined;

/** What the bank has done to an account, by the key of whoever asked. */
export interface Movement {
  key: string;
  minor: bigint;
  kind: 'FORFEITURE' | 'REINSTATEMENT' | 'GRANT';
}

/**
 * A gRPC server that answers for billing and rating where accounts of points are concerned, with the promises of their contracts kept in memory:
 * every command once per key, nothing after its last moment, nothing below zero. What it is told to do wrong, it does.
 */
export class Bank implements Disposable {
  /** Points by customer; who is not there has no account. */
  readonly accounts = new Map<string, bigint>();
  readonly movements: Movement[] = [];
  /** By tariff: what one unit earns. */
  readonly tariffs = new Map<string, Money>();
  readonly address: string;
  now: () => Date;
  /** Asked at every call. */
  mishap: (method: string) => Mishap = () => undefined;
  /** Called in the middle of every call. */
  meanwhile: (method: string) => Promise<void> = async () => {};
  readonly calls: string[] = [];
  readonly #server: grpc.Server;
  readonly #answers = new Map<string, { entry: ReturnType<Bank['entry']> }>();

  private constructor(server: grpc.Server, port: number, now: () => Date) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
    this.now = now;
  }

  static async open(now: () => Date): Promise<Bank> {
    const server = new grpc.Server();
    const opened = Promise.withResolvers<Bank>();
    // No method has a transaction, so none needs a database.
    const database = undefined as never;
    const unasked = async () => {
      throw new Error('nobody asks that here');
    };
    const balances = implement(BalanceService, database, {
      reserve: unasked,
      commit: unasked,
      release: unasked,
      debit: async ({ key, payer, amount, reason, notAfter }) => {
        if (reason !== DebitReason.FORFEITURE || !notAfter) throw new Error('nothing is sold here');
        const last = timestampDate(notAfter);
        return (await opened.promise).forfeit(key, String(payer.value), fromProto(amount, 'amount').minor, last);
      },
      credit: async ({ key, target, amount, reason }) => {
        if (reason !== CreditReason.REINSTATEMENT) throw new Error('nothing is refunded here');
        const owner = String(target.value).replace('account-of-', '');
        return (await opened.promise).give('REINSTATEMENT', key, owner, fromProto(amount, 'amount').minor);
      },
    });
    const tariffs = implement(TariffService, database, {
      createTariff: unasked,
      getTariff: unasked,
      listTariffs: unasked,
      addTariffVersion: unasked,
      simulateTariff: unasked,
      quote: async ({ tariff, usage, time }) =>
        (await opened.promise).quote(tariff, usage, time && timestampDate(time)),
    });
    const caller = { subject: 'service:ordering', roles: new Set(['service'] as const) };
    const log = pino({ level: 'silent' });
    addServices(server, [balances, tariffs], { authenticate: async () => ({ caller }), log });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const bank = new Bank(server, port, now);
    opened.resolve(bank);
    return bank;
  }

  async quote(tariff: string, usage: { metric: string; quantity: string }[], time: Date | undefined) {
    this.calls.push('quote');
    if (this.mishap('quote')) throw new Fault('DEPENDENCY_UNAVAILABLE');
    if (!time || usage.length !== 1 || usage[0]?.metric !== 'units') throw new Error('one unit is a visit');
    const price = this.tariffs.get(tariff);
    if (!price) throw new Fault('TARIFF_NOT_FOUND');
    const amount = toProto(price);
    const lines = price.minor === 0n ? [] : [{ component: 'visit', quantity: '1', amount }];
    // With tax on it, so that it shows when somebody takes the wrong number.
    return { amount, tax: amount, total: toProto({ ...price, minor: 2n * price.minor }), lines };
  }

  forfeit(key: string, customerId: string, minor: bigint, notAfter: Date) {
    return this.#once('debit', key, () => {
      if (this.now() > notAfter) throw new Fault('COMMAND_EXPIRED');
      const balance = this.accounts.get(customerId);
      if (balance === undefined) throw new Fault('ACCOUNT_NOT_FOUND');
      return this.#move('FORFEITURE', key, customerId, -(balance < minor ? balance : minor));
    });
  }

  /** Gives, and opens an account where there is none. */
  give(kind: 'REINSTATEMENT' | 'GRANT', key: string, customerId: string, minor: bigint) {
    return this.#once('credit', key, () => this.#move(kind, key, customerId, minor));
  }

  entry(accountId: string, minor: bigint, balance: bigint) {
    const money = (amount: bigint) => toProto({ currency: 'PTS', minor: amount });
    return { id: minor === 0n ? '' : newId(), accountId, amount: money(minor), balance: money(balance) };
  }

  #move(kind: Movement['kind'], key: string, customerId: string, minor: bigint) {
    const balance = (this.accounts.get(customerId) ?? 0n) + minor;
    this.accounts.set(customerId, balance);
    if (minor !== 0n) this.movements.push({ key, minor, kind });
    return this.entry(`account-of-${customerId}`, minor, balance);
  }

  async #once(method: string, key: string, run: () => ReturnType<Bank['entry']>) {
    this.calls.push(method);
    const mishap = this.mishap(method);
    if (mishap === 'before') throw new Fault('DEPENDENCY_UNAVAILABLE');
    await this.meanwhile(method);
    const name = `${method} ${key}`;
    const answer = this.#answers.get(name) ?? { entry: run() };
    this.#answers.set(name, answer);
    if (mishap === 'after') throw new Fault('DEPENDENCY_UNAVAILABLE');
    return answer.entry;
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}
