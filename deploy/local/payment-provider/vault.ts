import { createHash, randomUUID } from 'node:crypto';
import { Refusal } from '../provider/http.ts';
import { Journal } from './journal.ts';
import type { MethodRecord, PaymentRecord, ProviderRecord, RefundRecord } from './records.ts';

export interface PaymentOrder {
  payment_method: string;
  amount: bigint;
  currency: string;
  description: string;
}

export interface RefundOrder {
  payment: string;
  amount: bigint;
  currency: string;
}

/** The provider's books: methods, payments and refunds, each payment and refund once a key. */
export class Vault implements AsyncDisposable {
  readonly #journal: Journal<ProviderRecord>;
  readonly #methods = new Map<string, MethodRecord>();
  readonly #payments = new Map<string, PaymentRecord>();
  readonly #refunds = new Map<string, RefundRecord>();
  /** By payment: what was given back, or is about to be. */
  readonly #refunded = new Map<string, bigint>();
  readonly #undelivered = new Map<string, PaymentRecord>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  private constructor(journal: Journal<ProviderRecord>, records: ProviderRecord[]) {
    this.#journal = journal;
    for (const record of records) this.#take(record);
  }

  static async open(path: string): Promise<Vault> {
    const { journal, records } = await Journal.open<ProviderRecord>(path);
    return new Vault(journal, records);
  }

  get payments(): PaymentRecord[] {
    return [...this.#payments.values()];
  }

  get refunds(): RefundRecord[] {
    return [...this.#refunds.values()];
  }

  /** Payments whose webhook nobody has taken yet. */
  get undelivered(): PaymentRecord[] {
    return [...this.#undelivered.values()];
  }

  /** Whether there is nothing more to tell of a payment. */
  isDelivered(payment: PaymentRecord): boolean {
    return !this.#undelivered.has(payment.id);
  }

  paymentBy(key: string): PaymentRecord | undefined {
    return this.#payments.get(key);
  }

  refundBy(key: string): RefundRecord | undefined {
    return this.#refunds.get(key);
  }

  async addMethod(description: string, declineCode: string | undefined): Promise<MethodRecord> {
    const id = `pm_${randomUUID()}`;
    const method: MethodRecord = { kind: 'method', id, description, ...(declineCode && { decline_code: declineCode }) };
    await this.#write(method);
    return method;
  }

  /** Pays, or declines for a reason of the card or for `declining`; a key that is known gives its first answer. */
  pay(key: string, order: PaymentOrder, declining?: string): Promise<{ payment: PaymentRecord; isNew: boolean }> {
    return this.#once(`payment ${key}`, async () => {
      const known = sameRequest(this.#payments.get(key), order);
      if (known) return { payment: known, isNew: false };
      const method = this.#methods.get(order.payment_method);
      if (!method) throw new Refusal(422, 'payment_method_unknown', 'no such payment method');
      const code = method.decline_code ?? declining;
      const payment = newPayment(
        key,
        order,
        code ? { status: 'declined', decline_code: code } : { status: 'captured' },
      );
      await this.#write(payment);
      return { payment, isNew: true };
    });
  }

  /** Nothing comes of the key any more, unless something has. */
  cancel(key: string, order: PaymentOrder): Promise<PaymentRecord> {
    return this.#once(`payment ${key}`, async () => {
      const known = sameRequest(this.#payments.get(key), order);
      if (known) return known;
      const payment = newPayment(key, order, { status: 'canceled', decline_code: 'canceled' });
      await this.#write(payment);
      return payment;
    });
  }

  refund(key: string, order: RefundOrder): Promise<{ refund: RefundRecord; isNew: boolean }> {
    return this.#once(`refund ${key}`, async () => {
      const known = sameRequest(this.#refunds.get(key), order);
      if (known) return { refund: known, isNew: false };
      this.#reserve(order);
      const refund: RefundRecord = {
        ...{ kind: 'refund', id: idOf('re', key), idempotency_key: key, request: requestOf(order) },
        ...{ ...order, amount: String(order.amount), status: 'refunded', time: new Date().toISOString() },
      };
      await this.#journal.write(refund);
      this.#refunds.set(key, refund);
      return { refund, isNew: true };
    });
  }

  async delivered({ id: payment }: PaymentRecord): Promise<void> {
    await this.#write({ kind: 'delivered', payment });
  }

  /** Takes the amount out of what is left of the payment, before anything is waited for. */
  #reserve({ payment: id, amount, currency }: RefundOrder): void {
    const payment = this.payments.find((each) => each.id === id);
    if (payment?.status !== 'captured' || payment.currency !== currency) {
      throw new Refusal(422, 'payment_not_refundable', 'no captured payment of this id and currency');
    }
    const refunded = (this.#refunded.get(id) ?? 0n) + amount;
    if (refunded > BigInt(payment.amount))
      throw new Refusal(422, 'amount_too_large', 'more than is left of the payment');
    this.#refunded.set(id, refunded);
  }

  async #write(record: ProviderRecord): Promise<void> {
    await this.#journal.write(record);
    this.#take(record);
  }

  #take(record: ProviderRecord): void {
    switch (record.kind) {
      case 'method':
        this.#methods.set(record.id, record);
        break;
      case 'payment':
        this.#payments.set(record.idempotency_key, record);
        if (record.status !== 'canceled') this.#undelivered.set(record.id, record);
        break;
      case 'refund':
        this.#refunds.set(record.idempotency_key, record);
        this.#refunded.set(record.payment, (this.#refunded.get(record.payment) ?? 0n) + BigInt(record.amount));
        break;
      case 'delivered':
        this.#undelivered.delete(record.payment);
        break;
      default:
        record satisfies never;
    }
  }

  /** One at a time of each key, in the order of their coming. */
  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const next = (this.#underWay.get(key) ?? Promise.resolve()).then(work);
    const settled = next.catch(() => undefined);
    this.#underWay.set(key, settled);
    settled.then(() => this.#underWay.get(key) === settled && this.#underWay.delete(key));
    return next;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#journal[Symbol.asyncDispose]();
  }
}

function newPayment(
  key: string,
  order: PaymentOrder,
  outcome: Pick<PaymentRecord, 'status' | 'decline_code'>,
): PaymentRecord {
  return {
    ...{ kind: 'payment', id: idOf('pay', key), idempotency_key: key, request: requestOf(order) },
    ...{ ...order, amount: String(order.amount), ...outcome, time: new Date().toISOString() },
  };
}

function sameRequest<T extends { request: string }>(
  known: T | undefined,
  order: PaymentOrder | RefundOrder,
): T | undefined {
  if (known && known.request !== requestOf(order)) {
    throw new Refusal(409, 'key_reused', 'this Idempotency-Key names another request');
  }
  return known;
}

function requestOf(order: PaymentOrder | RefundOrder): string {
  return JSON.stringify(Object.entries({ ...order, amount: String(order.amount) }).sort());
}

function idOf(prefix: string, key: string): string {
  return `${prefix}_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
}
