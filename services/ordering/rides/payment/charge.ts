import { status } from '@grpc/grpc-js';
import { PaymentState } from '#proto/billing/v1/payment';
import { Fault } from '#shared/errors/fault';
import { toProto } from '#shared/money/money';
import type { CallContext } from '#shared/rpc/context';
import type { Charges } from '../../calls.ts';
import type { Attempt } from '../domain/payment.ts';
import type { Ride } from '../domain/ride.ts';

/** More than billing waits for its provider, so that billing's own word is heard. */
const deadlineMs = 5_000;

/** Has the customer pay an attempt; gives the payment's id once the money is there. */
export async function charge(
  charges: Charges,
  { customerId, offeringName }: Ride,
  { key, fare, tax }: Attempt,
  context: CallContext,
): Promise<string> {
  const request = { key, customerId, amount: toProto(fare), tax: toProto(tax), memo: offeringName };
  const { id, state } = await charges.charge(request, { context, deadlineMs });
  if (state === PaymentState.CAPTURED) return id;
  throw new Fault('DEPENDENCY_UNAVAILABLE', {
    message: 'billing does not know yet what came of the payment',
    retryAfterMs: 1_000,
  });
}

const refusals = new Set([status.INVALID_ARGUMENT, status.NOT_FOUND, status.FAILED_PRECONDITION, status.OUT_OF_RANGE]);

/**
 * Whether a failure says for certain that nothing comes of the attempt. Billing looks the key up first, so what it answers about the
 * command itself is about a key without money. Silence, a refusal at the door and what nobody foresaw leave that open.
 */
export function isRefusal(error: unknown): error is Fault {
  return error instanceof Fault && refusals.has(error.code);
}
