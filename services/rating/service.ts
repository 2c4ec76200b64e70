import { consumer } from '#shared/inbox/consumer';
import { type Dependencies, type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { accountService } from './accounts/rpc/accountService.ts';
import { adjustments } from './calls.ts';
import { type ChargingRoom, chargingRoom } from './charging/room.ts';
import type { RatingConfig } from './config.ts';
import { observeFaults } from './conservation/observe.ts';
import { faultReporter } from './conservation/report.ts';
import { conservationService } from './conservation/rpc/conservationService.ts';
import { conservationWorker } from './conservation/worker.ts';
import { onBillRunCompleted } from './consumers/billRunCompleted.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { onLineChangeAbandoned } from './consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from './consumers/lineChangeRequested.ts';
import { usagePartitionService } from './partitions/rpc/usagePartitionService.ts';
import { closeWorker } from './periods/close/closeWorker.ts';
import { observeCloses } from './periods/observe.ts';
import { rerateWorker } from './periods/rerate/worker.ts';
import { periodService } from './periods/rpc/periodService.ts';
import { tariffService } from './tariffs/rpc/tariffService.ts';
import { thresholdWorkers } from './thresholds/workers.ts';
import { usageUpkeep } from './usage/import/upkeep.ts';
import { usageService } from './usage/rpc/usageService.ts';
import { UsageRoom } from './usage/usageRoom.ts';

export function startRating(config: RatingConfig, overrides: Overrides = {}): Promise<RunningService> {
  const { timeZone, departmentEmails } = config;
  const usage = new UsageRoom(config);
  const reporter = ({ clock, log }: Dependencies<RatingConfig>) => faultReporter({ clock, log, departmentEmails });
  let charging: ChargingRoom | undefined;
  const chargingOn = (dependencies: Dependencies<RatingConfig>) => {
    charging ??= chargingRoom(dependencies);
    return charging;
  };
  return startService({
    name: 'rating',
    config,
    migrations: new URL('./migrations', import.meta.url),
    overrides,
    prepare: (dependencies) => usage.open(dependencies),
    rpc: (dependencies) => {
      const { database, clock } = dependencies;
      return [
        tariffService({ database, clock, timeZone }),
        usageService({ database, imports: usage.imports }),
        usagePartitionService(database, usage.imports),
        periodService({ database, clock, timeZone, report: reporter(dependencies) }),
        conservationService({ database, timeZone }),
        accountService(database),
        ...chargingOn(dependencies).rpc,
      ];
    },
    consumers: () => [
      consumer({
        source: 'ordering',
        aggregates: ['line'],
        handlers: [onLineChangeRequested(timeZone), onLineChangeAbandoned],
      }),
      consumer({ source: 'billing', aggregates: ['invoice'], handlers: [onInvoiceIssued] }),
      consumer({ source: 'billing', aggregates: ['billRun'], handlers: [onBillRunCompleted] }),
    ],
    sagas: (dependencies) => chargingOn(dependencies).sagas,
    workers: (dependencies) => {
      const { database, clients, clock, log } = dependencies;
      const report = reporter(dependencies);
      observeCloses(dependencies.background);
      observeFaults(dependencies.background);
      return [
        closeWorker({ database, clock, timeZone, report }),
        rerateWorker({ database, clock, timeZone, log, adjustments: () => clients.for(adjustments) }),
        conservationWorker({ database, clock, timeZone, report, everyMs: config.conservationEveryMs }),
        usageUpkeep(database, clock, log),
        ...chargingOn(dependencies).workers,
        ...thresholdWorkers({ database, clock, timeZone, log }),
      ];
    },
  });
}
