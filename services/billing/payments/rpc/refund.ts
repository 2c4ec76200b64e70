import type { RefundRequest } from '#proto/billing/v1/charge_service';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { killPoint } from '#shared/process/killPoint';
import type { CallContext } from '#shared/rpc/context';
import { amountOf, contentHash } from '../../ledger/rpc/request.ts';
import { refundFault } from '../domain/ended.ts';
import type { CapturedPayment } from '../domain/payment.ts';
import { type PendingRefund, type Refund, refundable } from '../domain/refund.ts';
import { noProvider, unavailable } from '../provider/unavailable.ts';
import { lockPayment } from '../store/readPayments.ts';
import { insertRefund, readRefundByKey, readUnderWay } from '../store/refunds.ts';
import { paymentToProto } from './convert.ts';
import { firstLookAt, type PaymentParts } from './parts.ts';
import { whileThere } from './whileThere.ts';

interface Begun {
  payment: CapturedPayment;
  refund: Refund;
  isNew: boolean;
}

/** Gives back once a key. The answer is the payment as that refund left it. */
export async function refund(parts: PaymentParts, request: RefundRequest, { signal }: CallContext) {
  signal.throwIfAborted();
  const { payment, refund, isNew } = await begin(parts, request);
  killPoint('refunds.begun');
  const ended =
    refund.state === 'PENDING' ? await whileThere(signal, parts.cashier.refund(refund, payment, { isNew })) : refund;
  switch (ended.state) {
    case 'DONE':
      return paymentToProto({ ...payment, refunded: ended.refundedAfter });
    case 'FAILED':
      throw refundFault(ended);
    case 'PENDING':
      throw new Error('unreachable: a refund that was asked for has ended');
    default:
      return ended satisfies never;
  }
}

/** Writes the refund down before the provider hears of it; from then on its part of the payment is spoken for. */
async function begin(parts: PaymentParts, request: RefundRequest): Promise<Begun> {
  const { database, clock, provider } = parts;
  const { key, payment: paymentId, memo } = request;
  const amount = request.amount && amountOf(request.amount);
  const hash = contentHash('refund', paymentId, amount, memo);
  return database.transaction(async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (!payment) throw new Fault('PAYMENT_NOT_FOUND', { message: `no payment ${paymentId}` });
    const known = sameContent(await readRefundByKey(tx, key), hash);
    if (known && payment.state === 'CAPTURED') return { payment, refund: known, isNew: false };
    const minor = refundable(payment, await readUnderWay(tx, paymentId), amount);
    if (payment.state !== 'CAPTURED') throw new Error('unreachable: others are not refundable');
    if (provider === noProvider) throw unavailable('no payment provider is configured', { retryAfterMs: 60_000 });
    const head = { id: newId(), key, contentHash: hash, paymentId, minor, memo, createTime: clock.now() };
    const refund: PendingRefund = { ...head, state: 'PENDING', looks: 0 };
    // The lock keeps the payment's own refunds apart: whoever has the key by now refunds another payment.
    if (!(await insertRefund(tx, refund, firstLookAt(parts)))) throw keyReused();
    return { payment, refund, isNew: true };
  });
}

function sameContent(refund: Refund | undefined, hash: Buffer): Refund | undefined {
  if (refund && !refund.contentHash.equals(hash)) throw keyReused();
  return refund;
}

function keyReused(): Fault {
  return new Fault('IDEMPOTENCY_KEY_REUSED', { message: 'the key was used for another refund' });
}
