import { InvoiceService } from '#proto/billing/v1/invoice_service';
import { SettlementService } from '#proto/settlement/v1/settlement_service';
import { callsOf } from '#shared/rpc/calls';

/** What mails carry. */
export const invoices = callsOf(InvoiceService, 'getInvoiceDocument');
export const settlements = callsOf(SettlementService, 'getSettlementDocument');
