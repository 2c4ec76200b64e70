import type { Environment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface BillingConfig extends ServiceConfig {
  /** Most lines of service that one transaction of a bill run invoices. */
  billRunBatchLines: number;
  /** How long a bill run waits for lines that it does not know yet, in milliseconds. */
  billRunPatienceMs: number;
  /** How long an activation waits for its tariff to arrive, in milliseconds. */
  tariffWaitMs: number;
  /** How many batches of balance commands run at a time. */
  ledgerLanes: number;
  /** Most balance commands in one transaction. */
  ledgerBatchCommands: number;
  /** Most balance commands that may wait for their turn; the next is refused. */
  ledgerMostWaiting: number;
  payments: PaymentConfig;
}

/** How customers pay at once. */
export interface PaymentConfig {
  /** Undefined where there is none: everything but payments works then. */
  provider: { url: string; key: string } | undefined;
  /** Signs the provider's webhooks. */
  webhookSecret: string | undefined;
  /** Most time a call of the provider may take, in milliseconds. */
  timeLimitMs: number;
  /** So many calls without an answer in a row, and the provider is left alone. */
  breakerFailures: number;
  /** For so long, in milliseconds. */
  breakerHalfOpenMs: number;
  /** How long a payment that the provider has never heard of is kept for somebody to ask again, in milliseconds. */
  giveUpMs: number;
}

export function readBillingConfig(environment: Environment): BillingConfig {
  return {
    ...readServiceConfig(environment),
    billRunBatchLines: environment.integer('BILL_RUN_BATCH_LINES', 2_000, { min: 1, max: 2_000 }),
    billRunPatienceMs: environment.integer('BILL_RUN_PATIENCE_MS', 30_000),
    tariffWaitMs: environment.integer('TARIFF_WAIT_MS', 5_000),
    ledgerLanes: environment.integer('LEDGER_LANES', 1, { min: 1, max: 64 }),
    ledgerBatchCommands: environment.integer('LEDGER_BATCH_COMMANDS', 500, { min: 1, max: 2_000 }),
    ledgerMostWaiting: environment.integer('LEDGER_MOST_WAITING', 5_000, { min: 1, max: 100_000 }),
    payments: readPaymentConfig(environment),
  };
}

function readPaymentConfig(environment: Environment): PaymentConfig {
  const url = environment.url('PAYMENT_PROVIDER_URL', '');
  // With a provider there is no doing without its key and secret.
  const secret = (name: string) => environment.text(name, url === '' ? '' : undefined);
  const key = secret('PAYMENT_PROVIDER_KEY');
  return {
    provider: url === '' ? undefined : { url, key },
    webhookSecret: secret('PAYMENT_WEBHOOK_SECRET') || undefined,
    timeLimitMs: environment.integer('PAYMENT_TIME_LIMIT_MS', 3_000, { min: 1, max: 60_000 }),
    breakerFailures: environment.integer('PAYMENT_BREAKER_FAILURES', 5, { min: 1, max: 1_000 }),
    breakerHalfOpenMs: environment.integer('PAYMENT_BREAKER_HALF_OPEN_MS', 5_000, { min: 1, max: 600_000 }),
    giveUpMs: environment.integer('PAYMENT_GIVE_UP_MS', 60_000),
  };
}
