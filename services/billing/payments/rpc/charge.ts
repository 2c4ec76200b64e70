import type { ChargeRequest } from '#proto/billing/v1/charge_service';
import { PaymentFailedSchema } from '#proto/billing/v1/events';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { killPoint } from '#shared/process/killPoint';
import type { CallContext } from '#shared/rpc/context';
import { taxIn } from '../../ledger/domain/amount.ts';
import { amountOf, contentHash, taxOf } from '../../ledger/rpc/request.ts';
import { paymentFault } from '../domain/ended.ts';
import type { FailedPayment, Payment, PaymentHead, PendingPayment } from '../domain/payment.ts';
import { noProvider, unavailable } from '../provider/unavailable.ts';
import { readNewestMethod } from '../store/methods.ts';
import { readPaymentByKey } from '../store/readPayments.ts';
import { askAgain, insertPayment } from '../store/writePayments.ts';
import { paymentToProto } from './convert.ts';
import { firstLookAt, type PaymentParts } from './parts.ts';
import { whileThere } from './whileThere.ts';

/** Charges once a key: what has begun under it is gone on with, what has ended is told again. */
export async function charge(parts: PaymentParts, request: ChargeRequest, { signal }: CallContext) {
  signal.throwIfAborted();
  const order = orderOf(request);
  const known = await readPaymentByKey(parts.database, request.key);
  const { payment, isNew } = known ? { payment: known, isNew: false } : await begin(parts, order);
  if (!payment.contentHash.equals(order.contentHash)) {
    throw new Fault('IDEMPOTENCY_KEY_REUSED', { message: 'the key was used for another charge' });
  }
  return paymentToProto(await ended(parts, payment, isNew, signal));
}

type Order = Omit<PaymentHead, 'id' | 'createTime'>;

function orderOf({ key, customerId, amount, tax, memo }: ChargeRequest): Order {
  const money = amountOf(amount);
  if (money.currency === 'PTS') throw invalidField('amount.currency', 'points are not charged to payment methods');
  const taxMinor = taxIn(money.minor, money, taxOf(tax));
  return {
    key,
    customerId,
    amount: money,
    tax: taxMinor,
    memo,
    contentHash: contentHash('charge', customerId, money, String(taxMinor), memo),
  };
}

/** Writes the payment down before the provider hears of it; who has nothing to pay with has failed already. */
async function begin(parts: PaymentParts, order: Order): Promise<{ payment: Payment; isNew: boolean }> {
  const { database, clock, provider } = parts;
  if (provider === noProvider) throw unavailable('no payment provider is configured', { retryAfterMs: 60_000 });
  const begun = await database.transaction(async (tx) => {
    const method = await readNewestMethod(tx, order.customerId);
    const now = clock.now();
    const head = { ...order, id: newId(), createTime: now };
    const payment: PendingPayment | FailedPayment = method
      ? { ...head, state: 'PENDING', method, askedTime: now, looks: 0 }
      : {
          ...{ ...head, state: 'FAILED', method: undefined, reason: 'PAYMENT_METHOD_MISSING' },
          ...{ declineCode: '', providerPaymentId: '', endTime: now },
        };
    if (!(await insertPayment(tx, payment, firstLookAt(parts)))) return undefined;
    if (payment.state === 'FAILED') await emit(tx, PaymentFailedSchema, { payment: paymentToProto(payment) });
    return payment;
  });
  killPoint('payments.begun');
  if (begun) return { payment: begun, isNew: true };
  const first = await readPaymentByKey(database, order.key);
  if (!first) throw new Error('unreachable: payments are kept');
  return { payment: first, isNew: false };
}

async function ended(parts: PaymentParts, payment: Payment, isNew: boolean, signal: AbortSignal): Promise<Payment> {
  switch (payment.state) {
    case 'CAPTURED':
      return payment;
    case 'FAILED':
      throw paymentFault(payment);
    case 'PENDING': {
      const { database, clock, cashier } = parts;
      if (!isNew) await askAgain(database, payment.id, clock.now(), firstLookAt(parts));
      return ended(parts, await whileThere(signal, cashier.charge(payment, { isNew })), false, signal);
    }
    default:
      return payment satisfies never;
  }
}
