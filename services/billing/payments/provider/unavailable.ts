import { Fault } from '#shared/errors/fault';
import type { PaymentProvider } from './provider.ts';

/** No answer, or none that is clear. */
export function unavailable(
  message: string,
  { retryAfterMs = 1_000, cause }: { retryAfterMs?: number; cause?: unknown } = {},
): Fault {
  return new Fault('PAYMENT_PROVIDER_UNAVAILABLE', { message, retryAfterMs, cause });
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof Fault && error.reason === 'PAYMENT_PROVIDER_UNAVAILABLE';
}

const refuse = async (): Promise<never> => {
  throw unavailable('no payment provider is configured', { retryAfterMs: 60_000 });
};

/** What stands for the provider where none is configured. */
export const noProvider: PaymentProvider = {
  registerMethod: refuse,
  charge: refuse,
  findCharge: refuse,
  cancelCharge: refuse,
  refund: refuse,
  findRefund: refuse,
};
