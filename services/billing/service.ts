import type { Database } from '#shared/database/database';
import { consumer } from '#shared/inbox/consumer';
import {
  type Clock,
  type Dependencies,
  type Overrides,
  type RunningService,
  startService,
} from '#shared/runtime/service';
import { billRunWorker } from './billRun/worker.ts';
import type { BillingConfig } from './config.ts';
import { changeOffering } from './consumers/changeOffering.ts';
import { onCustomerChanged, onOfferingChanged, onTariffChanged } from './consumers/copies.ts';
import { creditRequests } from './consumers/creditRequested.ts';
import { knownTariffs } from './consumers/knownTariffs.ts';
import { onLineChangeAbandoned } from './consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from './consumers/lineChangeRequested.ts';
import { onLineUpdated } from './consumers/lineUpdated.ts';
import { openChargeAccount } from './consumers/openChargeAccount.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';
import { onUsageMoved } from './consumers/usageMoved.ts';
import { Ledger } from './ledger/batch/ledger.ts';
import { balanceService } from './ledger/rpc/balanceService.ts';
import { ledgerService } from './ledger/rpc/ledgerService.ts';
import { ledgerDifferenceWorker } from './ledger/workers/difference.ts';
import { earlierInvoicesWorker } from './ledger/workers/earlierInvoices.ts';
import { expiryWorker } from './ledger/workers/expiry.ts';
import { type PaymentRoom, paymentRoom } from './payments/room.ts';
import { accountService } from './rpc/accountService.ts';
import { adjustmentService } from './rpc/adjustmentService.ts';
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
  const tariffs = knownTariffs(tariffWaitMs);
  let payments: PaymentRoom | undefined;
  const paymentsOn = (dependencies: Dependencies<BillingConfig>) => {
    payments ??= paymentRoom(config.payments, dependencies);
    return payments;
  };
  return startService({
    name: 'billing',
    config,
    overrides,
    migrations: new URL('./migrations', import.meta.url),
    pipeline: true,
    rpc: (dependencies) => [
      accountService(dependencies.database, dependencies.clock),
      balanceService(dependencies.database, ledgerOn(dependencies)),
      adjustmentService({ database: dependencies.database, clock: dependencies.clock, timeZone }),
      invoiceService(dependencies.database, dependencies.clients, timeZone),
      ledgerService(dependencies.database),
      ...paymentsOn(dependencies).rpc,
    ],
    consumers: ({ clock }) => [
      consumer({
        source: 'ordering',
        handlers: [
          onOfferingChanged,
          onCustomerChanged,
          onLineChangeRequested({
            open: openChargeAccount({ clock, timeZone, tariffs }),
            changeOffering: changeOffering(tariffs, timeZone),
          }),
          onLineChangeAbandoned,
          onLineUpdated,
        ],
      }),
      creditRequests(clock),
      consumer({ source: 'rating', handlers: [onTariffChanged, onUsageMoved(clock), onPeriodClosed(clock)] }),
    ],
    workers: (dependencies) => {
      const { database, background, clock, log } = dependencies;
      return [
        billRunWorker({ database: background, clock, log, timeZone, batchLines, patienceMs }),
        expiryWorker({ database, clock, ledger: ledgerOn(dependencies) }),
        earlierInvoicesWorker(database),
        ledgerDifferenceWorker(background, log),
        ...paymentsOn(dependencies).workers,
      ];
    },
  });
}
