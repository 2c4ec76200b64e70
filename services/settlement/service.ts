import { SettlementService } from '#proto/settlement/v1/settlement_service';
import { consumer } from '#shared/inbox/consumer';
import { implement } from '#shared/rpc/implement';
import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import type { SettlementConfig } from './config.ts';
import { onBillRunCompleted } from './consumers/billRunCompleted.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';
import { observeJournal } from './journal/observe.ts';
import { journalRoom } from './journal/room.ts';
import { getSettlement } from './rpc/getSettlement.ts';
import { getSettlementDocument } from './rpc/getSettlementDocument.ts';
import { listCustomerSettlements, listSettlements } from './rpc/listSettlements.ts';

export function startSettlement(config: SettlementConfig, overrides?: Overrides): Promise<RunningService> {
  return startService({
    name: 'settlement',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: (dependencies) => [
      implement(SettlementService, dependencies.database, {
        getSettlement: getSettlement(dependencies.database),
        listSettlements: listSettlements(dependencies.database),
        listCustomerSettlements: listCustomerSettlements(dependencies.database),
        getSettlementDocument: getSettlementDocument(dependencies.database),
      }),
      journalRoom(dependencies).rpc,
    ],
    consumers: (dependencies) => {
      const settling = { departmentEmails: config.departmentEmails, now: () => dependencies.clock.now() };
      return [
        consumer({ source: 'billing', handlers: [onInvoiceIssued(settling), onBillRunCompleted(settling)] }),
        consumer({ source: 'rating', aggregates: ['period'], handlers: [onPeriodClosed(settling)] }),
        journalRoom(dependencies).consumer,
      ];
    },
    workers: (dependencies) => {
      observeJournal(dependencies.background);
      return [journalRoom(dependencies).worker];
    },
  });
}
