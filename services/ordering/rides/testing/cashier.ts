import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { ChargeService } from '#proto/billing/v1/charge_service';
import { PaymentState } from '#proto/billing/v1/payment';
import { TariffService } from '#proto/rating/v1/tariff_service';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { fromProto, type Money, toProto } from '#shared/money/money';
import { implement } from '#shared/rpc/implement';
import { addServices } from '#shared/rpc/serve';

/** A payment as the cashier keeps it. */
export interface Paid {
  id: string;
  key: string;
  customerId: string;
  amount: Money;
  tax: Money;
  state: 'CAPTURED' | 'FAILED';
}

/** How a charge goes wrong: nothing happens, or the answer is lost after it has happened; declined; refused by billing's own breaker. */
export type Mishap = 'before' | 'after' | 'decline' | 'open' | undefined;

export interface Item {
  metric: string;
  quantity: string;
  startTime: Date;
}

/**
 * A gRPC server that answers for billing's ChargeService and rating's Quote, with the promises of their contracts kept in memory: one
 * key is charged once, and what was declined stays so. What it is told to do wrong, it does.
 */
export class Cashier implements Disposable {
  /** By key. */
  readonly payments = new Map<string, Paid>();
  /** Every charge asked for, by key. */
  readonly charges: string[] = [];
  readonly quotes: Item[][] = [];
  readonly address: string;
  /** Asked at every charge. */
  mishap: () => Mishap = () => undefined;
  /** Called in the middle of every charge, after its effect. */
  meanwhile: () => Promise<void> = async () => {};
  /** Called at the end of every quote, whose price stands by then. */
  afterQuote: () => Promise<void> = async () => {};
  /** A base, and so much a kilometre and a minute, without tax. */
  price: (meters: bigint, seconds: bigint) => bigint = (meters, seconds) =>
    3_000n + (meters * 1_000n) / 1_000n + (seconds * 100n) / 60n;
  readonly #server: grpc.Server;

  private constructor(server: grpc.Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  static async open(): Promise<Cashier> {
    const server = new grpc.Server();
    let cashier: Cashier | undefined;
    const open = () => cashier as Cashier;
    // No method has a transaction, so none needs a database.
    const database = undefined as never;
    const unasked = async () => {
      throw new Error('nobody asks that here');
    };
    const charges = implement(ChargeService, database, {
      charge: ({ key, customerId, amount, tax }) =>
        open().#charge({ key, customerId, amount: fromProto(amount, 'amount'), tax: fromProto(tax, 'tax') }),
      refund: unasked,
    });
    const tariffs = implement(TariffService, database, {
      createTariff: unasked,
      getTariff: unasked,
      listTariffs: unasked,
      addTariffVersion: unasked,
      simulateTariff: unasked,
      quote: async ({ usage }) => {
        const answer = open().#quote(usage);
        await open().afterQuote();
        return answer;
      },
    });
    const caller = { subject: 'service:ordering', roles: new Set(['service'] as const) };
    addServices(server, [charges, tariffs], {
      authenticate: async () => ({ caller }),
      log: pino({ level: 'silent' }),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    cashier = new Cashier(server, port);
    return cashier;
  }

  /** What has been captured in all. */
  get takings(): bigint {
    return [...this.payments.values()].reduce(
      (sum, { state, amount }) => sum + (state === 'CAPTURED' ? amount.minor : 0n),
      0n,
    );
  }

  async #charge(order: Pick<Paid, 'key' | 'customerId' | 'amount' | 'tax'>) {
    this.charges.push(order.key);
    const mishap = this.mishap();
    if (mishap === 'before') throw new Fault('DEPENDENCY_UNAVAILABLE');
    const known = this.payments.get(order.key);
    if (!known && mishap === 'open') throw new Fault('CIRCUIT_OPEN', { retryAfterMs: 4_000 });
    if (known && (known.customerId !== order.customerId || known.amount.minor !== order.amount.minor)) {
      throw new Fault('IDEMPOTENCY_KEY_REUSED');
    }
    const state = mishap === 'decline' ? 'FAILED' : 'CAPTURED';
    const paid: Paid = known ?? { id: newId(), ...order, state };
    this.payments.set(order.key, paid);
    await this.meanwhile();
    if (mishap === 'after') throw new Fault('DEPENDENCY_UNAVAILABLE');
    if (paid.state === 'FAILED') throw new Fault('PAYMENT_DECLINED', { metadata: { decline_code: 'do_not_honor' } });
    return { id: paid.id, key: paid.key, state: PaymentState.CAPTURED, amount: toProto(paid.amount) };
  }

  #quote(usage: { metric: string; quantity: string; startTime?: { seconds: bigint } | undefined }[]) {
    const items = usage.map(({ metric, quantity, startTime }) => ({
      metric,
      quantity,
      startTime: new Date(Number(startTime?.seconds ?? 0n) * 1000),
    }));
    this.quotes.push(items);
    const of = (wanted: string) => BigInt(items.find(({ metric }) => metric === wanted)?.quantity ?? '0');
    const minor = this.price(of('meters'), of('seconds'));
    const tax = minor / 10n;
    const money = (amount: bigint) => toProto({ currency: 'KRW', minor: amount });
    const lines = minor === 0n ? [] : [{ component: 'ride', quantity: '1', amount: money(minor) }];
    return { amount: money(minor), tax: money(tax), total: money(minor + tax), lines };
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}
