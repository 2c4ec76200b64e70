import { PaymentCapturedSchema, PaymentFailedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { post } from '../../ledger/store/journal.ts';
import { captureEntries } from '../domain/entries.ts';
import type { CapturedPayment, FailedPayment, Payment, PaymentOutcome } from '../domain/payment.ts';
import { paymentToProto } from '../rpc/convert.ts';
import { chargedAccount } from '../store/chargedAccount.ts';
import { lockPayment } from '../store/readPayments.ts';
import { saveCaptured, saveFailed } from '../store/writePayments.ts';

/**
 * Writes down what became of a payment: state, entries and events commit together. A payment that has ended stays as it is, whoever
 * comes second: answer, webhook, worker or a repetition.
 */
export async function endPayment(tx: Transaction, id: string, outcome: PaymentOutcome, now: Date): Promise<Payment> {
  const payment = await lockPayment(tx, id);
  if (!payment) throw new Error(`payment ${id} is gone`);
  if (payment.state !== 'PENDING') return payment;
  const { askedTime: _, looks: __, ...head } = payment;
  switch (outcome.kind) {
    case 'captured': {
      const { customerId, amount } = payment;
      const owner = { customerId, currency: amount.currency };
      const accountId = await chargedAccount(tx, owner, { id: newId(), now });
      const { providerPaymentId } = outcome;
      const captured: CapturedPayment = {
        ...head,
        state: 'CAPTURED',
        accountId,
        providerPaymentId,
        refunded: 0n,
        endTime: now,
      };
      await post(tx, captureEntries(payment, accountId, { now, newId }));
      await saveCaptured(tx, captured);
      await emit(tx, PaymentCapturedSchema, { payment: paymentToProto(captured) });
      return captured;
    }
    case 'declined': {
      const { declineCode, providerPaymentId } = outcome;
      const failed: FailedPayment = {
        ...head,
        state: 'FAILED',
        reason: 'PAYMENT_DECLINED',
        declineCode,
        providerPaymentId,
        endTime: now,
      };
      await saveFailed(tx, failed);
      await emit(tx, PaymentFailedSchema, { payment: paymentToProto(failed) });
      return failed;
    }
    default:
      return outcome satisfies never;
  }
}
