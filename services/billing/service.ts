import { consumer } from '#shared/inbox/consumer';
import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { billRunWorker } from './billRun/worker.ts';
import type { BillingConfig } from './config.ts';
import { onCustomerChanged, onOfferingChanged, onTariffChanged } from './consumers/copies.ts';
import { onLineChangeAbandoned } from './consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from './consumers/lineChangeRequested.ts';
import { onLineUpdated } from './consumers/lineUpdated.ts';
import { openChargeAccount } from './consumers/openChargeAccount.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';
import { onUsageMoved } from './consumers/usageMoved.ts';
import { accountService } from './rpc/accountService.ts';
import { invoiceService } from './rpc/invoiceService.ts';

export function startBilling(config: BillingConfig, overrides: Overrides = {}): Promise<RunningService> {
  const { timeZone, tariffWaitMs, billRunBatchLines: batchLines, billRunPatienceMs: patienceMs } = config;
  return startService({
    name: 'billing',
    config,
    overrides,
    migrations: new URL('./migrations', import.meta.url),
    rpc: ({ database, clock }) => [accountService(database, clock), invoiceService(database, timeZone)],
    consumers: ({ clock }) => [
      consumer({
        source: 'ordering',
        handlers: [
          onOfferingChanged,
          onCustomerChanged,
          onLineChangeRequested(openChargeAccount({ clock, timeZone, tariffWaitMs })),
          onLineChangeAbandoned,
          onLineUpdated,
        ],
      }),
      consumer({ source: 'rating', handlers: [onTariffChanged, onUsageMoved, onPeriodClosed(clock)] }),
    ],
    workers: ({ database, clock, log }) => [billRunWorker({ database, clock, log, timeZone, batchLines, patienceMs })],
  });
}
