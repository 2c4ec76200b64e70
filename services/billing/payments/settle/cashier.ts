import type { Database } from '#shared/database/database';
import { killPoint } from '#shared/process/killPoint';
import type { Clock } from '#shared/runtime/service';
import type { Logger } from '#shared/telemetry/log';
import type { CapturedPayment, Payment, PaymentOutcome, PendingPayment } from '../domain/payment.ts';
import type { PendingRefund, Refund, RefundOutcome } from '../domain/refund.ts';
import type { PaymentProvider, ProviderCharge, ProviderRefund } from '../provider/provider.ts';
import { lookNow } from '../store/looks.ts';
import { endPayment } from './endPayment.ts';
import { endRefund } from './endRefund.ts';
import { InFlight } from './inFlight.ts';

export interface CashierOptions {
  database: Database;
  provider: PaymentProvider;
  clock: Clock;
  log: Logger;
  /** How long a payment that the provider has never heard of is kept for somebody to ask again, in milliseconds. */
  giveUpMs: number;
}

/**
 * Goes to the provider for payments and refunds that are written down as PENDING, and writes down what became of them. It may die at
 * any instruction: whoever comes next asks the provider by the same key. What it throws leaves them PENDING, for the worker to look at.
 */
export class Cashier {
  readonly #options: CashierOptions;
  readonly #payments = new InFlight<Payment>();
  readonly #refunds = new InFlight<Refund>();

  constructor(options: CashierOptions) {
    this.#options = options;
  }

  /** Charges; one that may have been at the provider before is looked for there first, since providers do not keep keys for ever. */
  charge(payment: PendingPayment, { isNew }: { isNew: boolean }): Promise<Payment> {
    const { provider } = this.#options;
    const charge = chargeOf(payment);
    return this.#payment(
      payment,
      async () => (isNew ? undefined : await provider.findCharge(charge)) ?? provider.charge(charge),
    );
  }

  /**
   * Finds out what became of a payment, without charging by itself: whoever asked for it may have gone elsewhere. One that
   * the provider does not know after a while is given up there, so that nothing comes of it later. Undefined while it is not known.
   */
  async lookAt(payment: PendingPayment): Promise<Payment | undefined> {
    const { provider, clock, giveUpMs } = this.#options;
    const charge = chargeOf(payment);
    const found = await provider.findCharge(charge);
    if (found) return this.#end(payment, found);
    if (clock.now().getTime() - payment.askedTime.getTime() < giveUpMs) return undefined;
    return this.#end(payment, await provider.cancelCharge(charge));
  }

  /** Refunds, and insists: what was promised back is paid back, whether or not somebody asks again. */
  refund(refund: PendingRefund, payment: CapturedPayment, { isNew }: { isNew: boolean }): Promise<Refund> {
    const { provider, database } = this.#options;
    const order: ProviderRefund = {
      key: refund.id,
      providerPaymentId: payment.providerPaymentId,
      amount: { currency: payment.amount.currency, minor: refund.minor },
    };
    return this.#refunds.once(refund.id, async () => {
      try {
        const outcome = (isNew ? undefined : await provider.findRefund(order)) ?? (await provider.refund(order));
        return await this.#endRefund(refund, outcome);
      } catch (error) {
        if (isNew) await lookNow(database, 'refund', refund.id, this.#options.clock.now()).catch(() => {});
        throw error;
      }
    });
  }

  #payment(payment: PendingPayment, ask: () => Promise<PaymentOutcome>): Promise<Payment> {
    const { database, clock } = this.#options;
    return this.#payments.once(payment.id, async () => {
      try {
        return await this.#end(payment, await ask());
      } catch (error) {
        // The worker would come by itself, later.
        await lookNow(database, 'payment', payment.id, clock.now()).catch(() => {});
        throw error;
      }
    });
  }

  async #end({ id }: PendingPayment, outcome: PaymentOutcome): Promise<Payment> {
    const { database, clock, log } = this.#options;
    killPoint('payments.answered');
    const ended = await database.transaction((tx) => endPayment(tx, id, outcome, clock.now()));
    killPoint('payments.committed');
    if ((outcome.kind === 'captured') !== (ended.state === 'CAPTURED')) {
      log.error({ payment: id, state: ended.state, provider: outcome.kind }, 'the payment provider contradicts itself');
    }
    return ended;
  }

  async #endRefund(refund: PendingRefund, outcome: RefundOutcome): Promise<Refund> {
    const { database, clock } = this.#options;
    killPoint('refunds.answered');
    const ended = await database.transaction((tx) => endRefund(tx, refund, outcome, clock.now()));
    killPoint('refunds.committed');
    return ended;
  }
}

function chargeOf({ id, method, amount }: PendingPayment): ProviderCharge {
  return { key: id, providerMethodId: method.providerMethodId, amount };
}
