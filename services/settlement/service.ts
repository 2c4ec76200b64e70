import { SettlementService } from '#proto/settlement/v1/settlement_service';
import { consumer } from '#shared/inbox/consumer';
import { implement } from '#shared/rpc/implement';
import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import type { SettlementConfig } from './config.ts';
import { onBillRunCompleted } from './consumers/billRunCompleted.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { onPeriodClosed } from './consumers/periodClosed.ts';
import { getSettlement } from './rpc/getSettlement.ts';
import { getSettlementDocument } from './rpc/getSettlementDocument.ts';
import { listCustomerSettlements, listSettlements } from './rpc/listSettlements.ts';

export function startSettlement(config: SettlementConfig, overrides?: Overrides): Promise<RunningService> {
  return startService({
    name: 'settlement',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: ({ database }) => [
      implement(SettlementService, database, {
        getSettlement: getSettlement(database),
        listSettlements: listSettlements(database),
        listCustomerSettlements: listCustomerSettlements(database),
        getSettlementDocument: getSettlementDocument(database),
      }),
    ],
    consumers: ({ clock }) => {
      const settling = { departmentEmails: config.departmentEmails, now: () => clock.now() };
      return [
        consumer({ source: 'billing', handlers: [onInvoiceIssued(settling), onBillRunCompleted(settling)] }),
        consumer({ source: 'rating', aggregates: ['period'], handlers: [onPeriodClosed(settling)] }),
      ];
    },
  });
}
