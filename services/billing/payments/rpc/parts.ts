import type { Database } from '#shared/database/database';
import type { Clock } from '#shared/runtime/service';
import type { PaymentProvider } from '../provider/provider.ts';
import type { Cashier } from '../settle/cashier.ts';

/** What the calls of this room are answered with. */
export interface PaymentParts {
  database: Database;
  clock: Clock;
  provider: PaymentProvider;
  cashier: Cashier;
  /** Signs the provider's webhooks; without it none is believed. */
  webhookSecret: string | undefined;
  /** Most time a call of the provider may take, in milliseconds. */
  timeLimitMs: number;
}

/**
 * When the worker looks at what has just been begun: behind the two calls that a charge may make, since until then whoever began it knows
 * sooner.
 */
export function firstLookAt({ clock, timeLimitMs }: Pick<PaymentParts, 'clock' | 'timeLimitMs'>): Date {
  return new Date(clock.now().getTime() + 2 * timeLimitMs + 1_000);
}
