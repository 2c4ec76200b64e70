import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviour.ts';
import { type PaymentRecord, shown } from './records.ts';
import type { Vault } from './vault.ts';

export interface WebhookTarget {
  url: string;
  secret: string;
}

const firstRetryMs = 200;
const mostRetryMs = 30_000;
const limitMs = 5_000;

/**
 * Tells of payments that have ended, signed, until somebody takes it with a 2xx. What nobody has taken when the process ends
 * is told after its next start.
 */
export class Webhooks implements AsyncDisposable {
  readonly #target: WebhookTarget | undefined;
  readonly #behaviour: Behaviour;
  readonly #vault: Vault;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(target: WebhookTarget | undefined, behaviour: Behaviour, vault: Vault) {
    this.#target = target;
    this.#behaviour = behaviour;
    this.#vault = vault;
    for (const payment of vault.undelivered) this.tell(payment);
  }

  tell(payment: PaymentRecord): void {
    const telling = this.#tell(payment).catch(() => undefined);
    this.#underWay.add(telling);
    telling.then(() => this.#underWay.delete(telling));
  }

  async #tell(payment: PaymentRecord): Promise<void> {
    const { delayMs, copies, off } = this.#behaviour.webhooks;
    if (!this.#target || off) return this.#vault.delivered(payment);
    await sleep(delayMs, undefined, { signal: this.#stop.signal });
    await Promise.all(Array.from({ length: copies }, () => this.#deliver(payment)));
    await this.#vault.delivered(payment);
  }

  async #deliver(payment: PaymentRecord): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 0; !(await this.#send(payment)); attempt++) {
      await sleep(Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10)), undefined, { signal });
    }
  }

  async #send(payment: PaymentRecord): Promise<boolean> {
    const { url, secret } = this.#target as WebhookTarget;
    const type = payment.status === 'captured' ? 'payment.captured' : 'payment.failed';
    const body = JSON.stringify({ id: `evt_${payment.id}`, type, data: shown(payment) });
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'payment-signature': `t=${seconds},v1=${signature}` },
        body,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      this.#stop.signal.throwIfAborted();
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underWay);
  }
}
