import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  PaymentMethodSchema,
  PaymentSchema,
  PaymentState,
  type Payment as ProtoPayment,
  type PaymentMethod as ProtoPaymentMethod,
} from '#proto/billing/v1/payment';
import { toProto } from '#shared/money/money';
import type { Payment } from '../domain/payment.ts';
import type { PaymentMethod } from '../store/methods.ts';

export function paymentToProto(payment: Payment): ProtoPayment {
  const { id, customerId, method, amount, tax, state, memo, key, createTime } = payment;
  const money = (minor: bigint) => toProto({ currency: amount.currency, minor });
  return create(PaymentSchema, {
    id,
    customerId,
    accountId: payment.state === 'CAPTURED' ? payment.accountId : '',
    paymentMethodId: method?.id ?? '',
    amount: toProto(amount),
    tax: money(tax),
    refunded: money(payment.state === 'CAPTURED' ? payment.refunded : 0n),
    state: PaymentState[state],
    stateReason: payment.state === 'FAILED' ? payment.reason : '',
    memo,
    key,
    providerPaymentId: payment.state === 'PENDING' ? '' : payment.providerPaymentId,
    createTime: timestampFromDate(createTime),
    ...(payment.state !== 'PENDING' && { endTime: timestampFromDate(payment.endTime) }),
  });
}

export function methodToProto({ id, customerId, displayName, createTime }: PaymentMethod): ProtoPaymentMethod {
  return create(PaymentMethodSchema, { id, customerId, displayName, createTime: timestampFromDate(createTime) });
}
