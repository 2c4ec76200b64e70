import type { ReceivePaymentWebhookRequest } from '#proto/billing/v1/payment_service';
import { Fault, invalidField } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { isSigned } from '../domain/signature.ts';
import { lookNow } from '../store/looks.ts';
import type { PaymentParts } from './parts.ts';

export const signatureHeader = 'payment-signature';

/**
 * Has the worker look at the payment that a webhook is about. Nothing else that it says counts, so one that is late, comes again, or is
 * about something that is not known here does nothing.
 */
export async function receiveWebhook(
  { database, clock, webhookSecret }: PaymentParts,
  { body }: ReceivePaymentWebhookRequest,
  { header }: CallContext,
) {
  const data = body?.data ?? new Uint8Array();
  if (!webhookSecret || !isSigned(header?.(signatureHeader), data, webhookSecret, clock.now())) {
    throw new Fault('WEBHOOK_SIGNATURE_INVALID', { message: `${signatureHeader} is not the provider's, or too old` });
  }
  const key = paymentKeyIn(data);
  if (key !== undefined) await lookNow(database, 'payment', key, clock.now());
  return {};
}

/** The key of the payment that it is about, which is the payment's id; undefined where it is about something else. */
function paymentKeyIn(data: Uint8Array): string | undefined {
  let event: { type?: unknown; data?: { idempotency_key?: unknown } };
  try {
    event = JSON.parse(new TextDecoder().decode(data));
  } catch {
    throw invalidField('body', 'is not JSON');
  }
  const key = event?.data?.idempotency_key;
  return typeof key === 'string' && typeof event.type === 'string' && event.type.startsWith('payment.')
    ? key
    : undefined;
}
