import { Fault } from '#shared/errors/fault';
import type { FailedPayment } from './payment.ts';
import type { FailedRefund } from './refund.ts';

/** What a failed payment is answered with, each time. */
export function paymentFault({ id, reason, declineCode }: FailedPayment): Fault {
  switch (reason) {
    case 'PAYMENT_DECLINED':
      return new Fault(reason, {
        message: `the payment was declined: ${declineCode}`,
        metadata: { payment: id, decline_code: declineCode },
      });
    case 'PAYMENT_METHOD_MISSING':
      return new Fault(reason, { message: 'the customer has no payment method', metadata: { payment: id } });
    default:
      return reason satisfies never;
  }
}

/** What a refused refund is answered with, each time. */
export function refundFault({ paymentId, refusalCode }: FailedRefund): Fault {
  return new Fault('PAYMENT_STATE_FORBIDS', {
    message: `the provider does not give payment ${paymentId} back: ${refusalCode}`,
    metadata: { state: 'CAPTURED', refusal_code: refusalCode },
  });
}
