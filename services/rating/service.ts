import { consumer } from '#shared/inbox/consumer';
import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { accountService } from './accounts/rpc/accountService.ts';
import type { RatingConfig } from './config.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { onLineChangeAbandoned } from './consumers/lineChangeAbandoned.ts';
import { onLineChangeRequested } from './consumers/lineChangeRequested.ts';
import { closeWorker } from './periods/closeWorker.ts';
import { periodService } from './periods/rpc/periodService.ts';
import { tariffService } from './tariffs/rpc/tariffService.ts';
import { UsageImport } from './usage/import/importUsage.ts';
import { usageUpkeep } from './usage/import/upkeep.ts';
import { usageService } from './usage/rpc/usageService.ts';

export function startRating(config: RatingConfig, overrides: Overrides = {}): Promise<RunningService> {
  const { timeZone } = config;
  return startService({
    name: 'rating',
    config,
    migrations: new URL('./migrations', import.meta.url),
    overrides,
    rpc: ({ database, clock, log }) => {
      const imports = new UsageImport({ database, log, clock, timeZone, concurrency: config.usageImports });
      void imports.warmUp();
      return [
        tariffService({ database, clock, timeZone }),
        usageService({ database, imports, timeZone }),
        periodService({ database, clock, timeZone }),
        accountService(database),
      ];
    },
    consumers: () => [
      consumer({
        source: 'ordering',
        aggregates: ['line'],
        handlers: [onLineChangeRequested(timeZone), onLineChangeAbandoned],
      }),
      consumer({ source: 'billing', aggregates: ['invoice'], handlers: [onInvoiceIssued] }),
    ],
    workers: ({ database, clock, log }) => [
      closeWorker({ database, clock, timeZone }),
      usageUpkeep(database, clock, log),
    ],
  });
}
