import { LedgerService } from '#proto/billing/v1/ledger_service';
import { type ClientOf, callsOf } from '#shared/rpc/calls';

/** Billing's journal, to compare the books. */
export const ledger = callsOf(LedgerService, 'listLedgerEntries', 'getLedgerTotals');
export type Ledger = ClientOf<typeof ledger>;
