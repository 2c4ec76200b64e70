import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { PaymentCapturedSchema, PaymentFailedSchema, PaymentRefundedSchema } from '#proto/billing/v1/events';
import type { Payment } from '#proto/billing/v1/payment';
import { Fault } from '#shared/errors/fault';
import { paymentCapturedText, paymentFailedText, paymentRefundedText } from '../domain/paymentText.ts';
import { tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

type PaymentEvent = Message & { payment?: Payment | undefined };

/** Everything billing says about payments: they are told, and what they do to an account the account's own events show. */
export const paymentEvents: Projection[] = [
  told(PaymentCapturedSchema, (payment) => paymentCapturedText(payment)),
  told(PaymentFailedSchema, (payment) => paymentFailedText(payment)),
  told(PaymentRefundedSchema, (payment, { amount }) => paymentRefundedText(payment, amount)),
];

function told<E extends PaymentEvent>(
  schema: GenMessage<E>,
  textOf: (payment: Payment, event: E) => string,
): Projection {
  return projection(schema, (message, { id, time }) => {
    const { payment }: PaymentEvent = message;
    if (!payment?.customerId) {
      throw new Fault('EVENT_MALFORMED', { message: `${schema.name} without a payment or its customer` });
    }
    const { customerId } = payment;
    const text = textOf(payment, message as E);
    return [tell({ id, customerId, time, event: schema.name, text, subjectId: payment.id })];
  });
}
