import { PaymentRefundedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { toProto } from '#shared/money/money';
import { emit } from '#shared/outbox/outbox';
import { post } from '../../ledger/store/journal.ts';
import { refundEntries } from '../domain/entries.ts';
import {
  type DoneRefund,
  type FailedRefund,
  type PendingRefund,
  type Refund,
  type RefundOutcome,
  taxOfRefund,
} from '../domain/refund.ts';
import { paymentToProto } from '../rpc/convert.ts';
import { lockPayment } from '../store/readPayments.ts';
import { readRefund, saveDone, saveRefused } from '../store/refunds.ts';
import { saveRefunded } from '../store/writePayments.ts';

/** Writes down what became of a refund, once; a refund that has ended stays as it is. */
export async function endRefund(
  tx: Transaction,
  pending: PendingRefund,
  outcome: RefundOutcome,
  now: Date,
): Promise<Refund> {
  const payment = await lockPayment(tx, pending.paymentId);
  // Behind the payment's lock: whoever ends a refund holds that.
  const refund = await readRefund(tx, pending.id);
  if (payment?.state !== 'CAPTURED' || !refund) throw new Error(`refund ${pending.id} has no captured payment`);
  if (refund.state !== 'PENDING') return refund;
  const { looks: _, ...head } = refund;
  switch (outcome.kind) {
    case 'refunded': {
      const tax = taxOfRefund(payment, refund.minor);
      const after = { ...payment, refunded: payment.refunded + refund.minor };
      const done: DoneRefund = { ...head, state: 'DONE', tax, refundedAfter: after.refunded, endTime: now };
      const { currency } = payment.amount;
      const { id: causeId, minor, memo } = refund;
      const { accountId } = payment;
      await post(tx, refundEntries(currency, { causeId, accountId, minor, tax, memo }, { now, newId }));
      await saveDone(tx, done, outcome.providerRefundId);
      await saveRefunded(tx, after);
      await emit(tx, PaymentRefundedSchema, { payment: paymentToProto(after), amount: toProto({ currency, minor }) });
      return done;
    }
    case 'refused': {
      const failed: FailedRefund = { ...head, state: 'FAILED', refusalCode: outcome.code, endTime: now };
      await saveRefused(tx, failed);
      return failed;
    }
    default:
      return outcome satisfies never;
  }
}
