import { rm } from 'node:fs/promises';
import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { expect } from 'vitest';
import { ChargeRequestSchema, RefundRequestSchema } from '#proto/billing/v1/charge_service';
import { PaymentCapturedSchema, PaymentFailedSchema, PaymentRefundedSchema } from '#proto/billing/v1/events';
import { ReceivePaymentWebhookRequestSchema } from '#proto/billing/v1/payment_service';
import { MoneySchema } from '#proto/common/v1/money';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import { Breakers } from '#shared/breaker/breakers';
import { Database } from '#shared/database/database';
import { newId } from '#shared/ids';
import { temporaryFolder } from '#test/harness/server';
import { startPaymentProvider } from '../../../../deploy/local/payment-provider/paymentProvider.ts';
import type { HttpServer } from '../../../../deploy/local/provider/http.ts';
import type { PaymentConfig } from '../../config.ts';
import { saveCustomer } from '../../store/copies.ts';
import { Books } from '../../testing/books.ts';
import { patient, won } from '../../testing/caller.ts';
import { paymentRoom } from '../room.ts';
import { chargeHandlers } from '../rpc/chargeService.ts';
import { paymentHandlers } from '../rpc/paymentService.ts';
import { insertMethod } from '../store/methods.ts';

export const providerKey = 'key of the tests';
export const webhookSecret = 'secret of the tests';

/** Books with a payment provider in front of them that speaks real HTTP, and as many processes of billing as a test wants. */
export class Till implements AsyncDisposable {
  readonly books: Books;
  readonly folder: string;
  provider: HttpServer;
  readonly #stack = new AsyncDisposableStack();
  readonly #webhookUrl: string | undefined;

  private constructor(books: Books, folder: string, provider: HttpServer, webhookUrl?: string) {
    this.books = books;
    this.folder = folder;
    this.provider = provider;
    this.#webhookUrl = webhookUrl;
  }

  static async open({ webhookUrl }: { webhookUrl?: string } = {}): Promise<Till> {
    const books = await Books.begin();
    const folder = await temporaryFolder('payments');
    const till = new Till(books, folder, await providerOn(folder, webhookUrl), webhookUrl);
    till.#stack.use(books);
    return till;
  }

  get providerUrl(): string {
    return `http://127.0.0.1:${this.provider.port}`;
  }

  /** The provider goes away and comes back on its port with what it has kept. */
  async restartProvider(): Promise<void> {
    const { port } = this.provider;
    await this.provider[Symbol.asyncDispose]();
    this.provider = await providerOn(this.folder, this.#webhookUrl, port);
  }

  /** Payments as one process of billing takes them, with connections and a breaker of its own. */
  process(options: Partial<PaymentConfig> = {}) {
    const { clock } = this.books;
    const database = this.#stack.use(new Database(this.books.url, { pipeline: true }));
    const breakers = new Breakers();
    const config: PaymentConfig = {
      provider: { url: this.providerUrl, key: providerKey },
      webhookSecret,
      timeLimitMs: 5_000,
      breakerFailures: 1_000,
      breakerHalfOpenMs: 50,
      giveUpMs: 60_000,
      ...options,
    };
    const room = paymentRoom(config, { database, breakers, clock, log: pino({ level: 'silent' }) });
    const { charge, refund } = chargeHandlers(room.parts);
    return {
      breakers,
      parts: room.parts,
      handlers: paymentHandlers(room.parts),
      charge: (init: MessageInitShape<typeof ChargeRequestSchema> = {}, context = patient()) =>
        charge(
          create(ChargeRequestSchema, {
            key: newId(),
            customerId: 'rider',
            amount: create(MoneySchema, won(1_100)),
            ...init,
          }),
          context,
        ),
      refund: (init: MessageInitShape<typeof RefundRequestSchema>, context = patient()) =>
        refund(create(RefundRequestSchema, { key: newId(), ...init }), context),
      webhook: (data: Uint8Array, signature: string | undefined) => receive(room.parts, data, signature),
      /** Lets the worker go through what is due by now. */
      followUp: async () => {
        for (const worker of room.workers) {
          for (let step = 0; step < 50 && (await worker.run(new AbortController().signal)) === 'more'; step++);
        }
      },
    };

    function receive(parts: typeof room.parts, data: Uint8Array, signature: string | undefined) {
      const header = (name: string) => (name === 'payment-signature' ? signature : undefined);
      const request = create(ReceivePaymentWebhookRequestSchema, { body: { contentType: 'application/json', data } });
      return paymentHandlers(parts).receivePaymentWebhook(request, { ...patient(), header });
    }
  }

  /** A customer with a payment method, as billing knows one. */
  async newCustomer(id: string, ...tokens: string[]): Promise<void> {
    const customer = create(CustomerSchema, { id, displayName: id, email: `${id}@example.com` });
    await this.books.database.transaction((tx) => saveCustomer(tx, customer));
    for (const token of tokens) await this.addMethod(id, token);
  }

  async addMethod(customerId: string, token: string): Promise<string> {
    const registered = await this.process().parts.provider.registerMethod(token);
    const method = { id: newId(), customerId, ...registered, createTime: this.books.now };
    await this.books.database.transaction((tx) => insertMethod(tx, method));
    return method.id;
  }

  async behave(behaviour: object): Promise<void> {
    const body = JSON.stringify(behaviour);
    const response = await fetch(`${this.providerUrl}/behaviour`, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
  }

  pass(ms: number): void {
    this.books.now = new Date(this.books.now.getTime() + ms);
  }

  /** What the provider has written down under a payment's id. */
  async atProvider(key?: string): Promise<{ id: string; status: string; amount: string; currency: string }[]> {
    const query = key === undefined ? '' : `?idempotency_key=${key}`;
    const response = await fetch(`${this.providerUrl}/v1/payments${query}`);
    return ((await response.json()) as { payments: [] }).payments;
  }

  async events() {
    const { rows } = await this.books.database.query<{ type: string; body: Buffer }>(
      "select type, body from outbox where aggregate = 'payment' order by position",
    );
    return rows.map(({ type, body }) => {
      const name = type.split('.').at(-1) ?? '';
      switch (name) {
        case 'PaymentCaptured':
          return { name, ...fromBinary(PaymentCapturedSchema, body) };
        case 'PaymentFailed':
          return { name, ...fromBinary(PaymentFailedSchema, body) };
        default:
          return { name, ...fromBinary(PaymentRefundedSchema, body) };
      }
    });
  }

  /** The ledgers' sums in a currency. */
  async sums(currency = 'KRW'): Promise<Record<string, bigint>> {
    const { rows } = await this.books.database.query<{ ledger: string; sum: bigint }>(
      'select ledger, sum(amount)::bigint as sum from journal_lines where currency = $1 group by 1',
      [currency],
    );
    return Object.fromEntries(rows.map(({ ledger, sum }) => [ledger, sum]));
  }

  /** The books are whole, every event of an account is complete, and the provider has exactly the ledger's cash. */
  async expectSound(): Promise<void> {
    await this.books.expectSound();
    for (const { lines } of await this.books.events()) {
      expect(lines.reduce((sum, { amount }) => sum + BigInt((amount?.amount ?? '').replace('.', '')), 0n)).toBe(0n);
      expect(lines.length).toBeGreaterThan(1);
    }
    const response = await fetch(`${this.providerUrl}/v1/balances`);
    const { balances } = (await response.json()) as { balances: { currency: string; net: string }[] };
    const { rows } = await this.books.database.query(
      `select currency, sum(amount)::text as net from journal_lines where ledger = 'CASH' group by 1 having sum(amount) <> 0`,
    );
    const taken = balances.map(({ currency, net }) => ({ currency, net })).filter(({ net }) => net !== '0');
    expect(taken.sort(byCurrency)).toEqual(rows.sort(byCurrency));
    const { rows: owed } = await this.books.database.query('select id from accounts where balance <> 0');
    expect(owed).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    await this.provider[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function providerOn(dataDir: string, url: string | undefined, port = 0): Promise<HttpServer> {
  return startPaymentProvider({
    ...{ port, dataDir, key: providerKey },
    ...(url && { webhooks: { url, secret: webhookSecret } }),
  });
}

function byCurrency(a: { currency: string }, b: { currency: string }): number {
  return a.currency < b.currency ? -1 : 1;
}
