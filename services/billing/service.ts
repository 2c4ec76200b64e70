import type { Database } from '#shared/database/database';
import { consumer } from '#shared/inbox/consumer';
import { type Clock, type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { billRunWorker } from './billRun/worker.ts';
import type { BillingConfig } from './config.ts';
import { onCustomerChanged, onOfferingChanged, onTariffChanged } from './consumers/copies.ts';
import { onLineChangeAbandoned } from './consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from './consumers/lineChangeRequested.ts';
import { onLineUpdated } from './consumers/lineUpdated.ts';
import { openChargeAccount } from './consumers/openChargeAccount.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';
import { onUsageMoved } from './consumers/usageMoved.ts';
import { Ledger } from './ledger/batch/ledger.ts';
import { balanceService } from './ledger/rpc/balanceService.ts';
import { ledgerService } from './ledger/rpc/ledgerService.ts';
import { earlierInvoicesWorker } from './ledger/workers/earlierInvoices.ts';
import { expiryWorker } from './ledger/workers/expiry.ts';
import { accountService } from './rpc/accountService.ts';
import { invoiceService } from './rpc/invoiceService.ts';

export function startBilling(config: BillingConfig, overrides: Overrides = {}): Promise<RunningService> {
  const { timeZone, tariffWaitMs, billRunBatchLines: batchLines, billRunPatienceMs: patienceMs } = config;
  const { ledgerLanes: lanes, ledgerBatchCommands: batchCommands, ledgerMostWaiting: mostWaiting } = config;
  let ledger: Ledger | undefined;
  // One for the calls and the worker, so that they share its lanes.
  const ledgerOn = ({ database, clock }: { database: Database; clock: Clock }) => {
    ledger ??= new Ledger({ database, clock, lanes, batchCommands, mostWaiting });
    return ledger;
  };
  return startService({
    name: 'billing',
    config,
    overrides,
    migrations: new URL('./migrations', import.meta.url),
    pipeline: true,
    rpc: ({ database, clock }) => [
      accountService(database, clock),
      balanceService(database, ledgerOn({ database, clock })),
      invoiceService(database, timeZone),
      ledgerService(database),
    ],
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
    workers: ({ database, clock, log }) => [
      billRunWorker({ database, clock, log, timeZone, batchLines, patienceMs }),
      expiryWorker({ database, clock, ledger: ledgerOn({ database, clock }) }),
      earlierInvoicesWorker(database),
    ],
  });
}
