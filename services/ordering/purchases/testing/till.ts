import type { MessageInitShape } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { BalanceService } from '#proto/billing/v1/balance_service';
import { type ReservationSchema, ReservationState } from '#proto/billing/v1/reservation';
import { TariffService } from '#proto/rating/v1/tariff_service';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { fromProto, type Money, toProto } from '#shared/money/money';
import { implement } from '#shared/rpc/implement';
import { addServices } from '#shared/rpc/serve';

export interface TillAccount {
  id: string;
  currency: string;
  balance: bigint;
  reserved: bigint;
  /** The least that was ever available. */
  least: bigint;
}

interface Held {
  id: string;
  account: TillAccount;
  amount: Money;
  state: ReservationState;
  refunded: bigint;
}

/** How a call goes wrong: before it has an effect, or after it, when only the answer is lost. */
export type Mishap = 'before' | 'after' | undefined;

/**
 * A gRPC server that answers for billing and rating, with the promises of their contracts kept in memory: every command once per
 * key, nothing spent that is not available. What it is told to do wrong, it does.
 */
export class Till implements Disposable {
  /** By customer. */
  readonly accounts = new Map<string, TillAccount>();
  /** By tariff: what one unit costs, and nothing else. */
  readonly prices = new Map<string, Money>();
  readonly calls: string[] = [];
  readonly address: string;
  /** Asked at every call of BalanceService. */
  mishap: (method: string) => Mishap = () => undefined;
  /** Called in the middle of every call of BalanceService. */
  meanwhile: (method: string) => Promise<void> = async () => {};
  readonly #server: grpc.Server;
  readonly #reservations = new Map<string, Held>();
  readonly #answers = new Map<string, object>();

  private constructor(server: grpc.Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  static async open(): Promise<Till> {
    const server = new grpc.Server();
    let till: Till | undefined;
    const open = () => till as Till;
    // No method has a transaction, so none needs a database.
    const database = undefined as never;
    const balances = implement(BalanceService, database, {
      reserve: ({ key, payer, ownerId, amount }) =>
        open().#once('reserve', key, () => open().#reserve(String(payer.value), ownerId, fromProto(amount, 'amount'))),
      commit: ({ key, reservation }) => open().#once('commit', key, () => open().#commit(reservation)),
      release: ({ key, reservation }) => open().#once('release', key, () => open().#release(reservation)),
      credit: ({ key, target, amount }) =>
        open().#once('credit', key, () => open().#refund(String(target.value), fromProto(amount, 'amount'))),
      debit: async () => {
        throw new Error('nobody debits here');
      },
    });
    const unasked = async () => {
      throw new Error('nobody asks that here');
    };
    const tariffs = implement(TariffService, database, {
      createTariff: unasked,
      getTariff: unasked,
      listTariffs: unasked,
      addTariffVersion: unasked,
      simulateTariff: unasked,
      quote: async ({ tariff, usage }) => {
        const price = open().prices.get(tariff);
        if (!price) throw new Fault('TARIFF_NOT_FOUND');
        const units = BigInt(usage.find(({ metric }) => metric === 'units')?.quantity ?? '0');
        const total = toProto({ currency: price.currency, minor: price.minor * units });
        const lines = [{ component: 'price', quantity: String(units), amount: total }];
        return { amount: total, total, tax: toProto({ currency: price.currency, minor: 0n }), lines };
      },
    });
    const caller = { subject: 'service:ordering', roles: new Set(['service'] as const) };
    addServices(server, [balances, tariffs], {
      authenticate: async () => ({ caller }),
      log: pino({ level: 'silent' }),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    till = new Till(server, port);
    return till;
  }

  openAccount(customerId: string, { currency, minor }: Money): TillAccount {
    const account = { id: `account-of-${customerId}`, currency, balance: minor, reserved: 0n, least: minor };
    this.accounts.set(customerId, account);
    return account;
  }

  /** Lets every reservation that is held run out. */
  expireAll(): void {
    for (const held of this.#reservations.values()) {
      if (held.state === ReservationState.HELD) this.#end(held, ReservationState.EXPIRED);
    }
  }

  async #once<T extends object>(method: string, key: string, run: () => T): Promise<T> {
    this.calls.push(method);
    const mishap = this.mishap(method);
    if (mishap === 'before') throw new Fault('DEPENDENCY_UNAVAILABLE');
    await this.meanwhile(method);
    const name = `${method} ${key}`;
    const answer = (this.#answers.get(name) as T | undefined) ?? run();
    this.#answers.set(name, answer);
    if (mishap === 'after') throw new Fault('DEPENDENCY_UNAVAILABLE');
    return answer;
  }

  #reserve(payer: string, ownerId: string, amount: Money): MessageInitShape<typeof ReservationSchema> {
    const account = this.accounts.get(payer) ?? [...this.accounts.values()].find(({ id }) => id === payer);
    if (!account || (ownerId && this.accounts.get(ownerId) !== account)) throw new Fault('ACCOUNT_NOT_FOUND');
    if (account.currency !== amount.currency) throw new Fault('ACCOUNT_MISMATCH');
    if (account.balance - account.reserved < amount.minor) throw new Fault('INSUFFICIENT_BALANCE');
    account.reserved += amount.minor;
    this.#note(account);
    const held: Held = { id: newId(), account, amount, state: ReservationState.HELD, refunded: 0n };
    this.#reservations.set(held.id, held);
    return { id: held.id, accountId: account.id };
  }

  #commit(id: string) {
    const held = this.#held(id);
    if (held.state !== ReservationState.HELD) throw new Fault('RESERVATION_STATE_FORBIDS');
    held.account.balance -= held.amount.minor;
    this.#end(held, ReservationState.COMMITTED);
    return { id };
  }

  #release(id: string) {
    const held = this.#held(id);
    if (held.state === ReservationState.COMMITTED) throw new Fault('RESERVATION_STATE_FORBIDS');
    if (held.state === ReservationState.HELD) this.#end(held, ReservationState.RELEASED);
    return { id };
  }

  #refund(id: string, amount: Money) {
    const held = this.#held(id);
    if (held.state !== ReservationState.COMMITTED || held.refunded + amount.minor > held.amount.minor) {
      throw new Fault('RESERVATION_STATE_FORBIDS');
    }
    held.refunded += amount.minor;
    held.account.balance += amount.minor;
    return { id: newId() };
  }

  #held(id: string): Held {
    const held = this.#reservations.get(id);
    if (!held) throw new Fault('RESERVATION_NOT_FOUND');
    return held;
  }

  #end(held: Held, state: ReservationState): void {
    held.state = state;
    held.account.reserved -= held.amount.minor;
    this.#note(held.account);
  }

  #note(account: TillAccount): void {
    const available = account.balance - account.reserved;
    if (available < account.least) account.least = available;
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}
