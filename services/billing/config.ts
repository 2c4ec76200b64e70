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
  };
}
