import { InvoiceService } from '#proto/billing/v1/invoice_service';
import type { Database, Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Clients } from '#shared/rpc/call';
import type { CallContext } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { requireOwner } from '#shared/rpc/ownership';
import { nextToken, pageOf } from '#shared/rpc/page';
import { invoicePdf } from '../documents/invoicePdf.ts';
import { readOfferingNames } from '../store/copies.ts';
import { listInvoices, readInvoice, readInvoiceHead } from '../store/readInvoices.ts';
import { invoiceToProto } from './convert.ts';
import { explainInvoice } from './explainInvoice.ts';

export function invoiceService(database: Database, clients: Pick<Clients, 'for'>, timeZone: string) {
  const find = async <T extends { customerId: string }>(
    id: string,
    context: CallContext,
    read: (sql: Sql, id: string) => Promise<T | undefined>,
  ): Promise<T> => {
    const notFound = new Fault('INVOICE_NOT_FOUND', { message: `no invoice ${id}` });
    const invoice = await read(database, id);
    if (!invoice) throw notFound;
    requireOwner(context.caller, invoice.customerId, notFound);
    return invoice;
  };

  return implement(InvoiceService, database, {
    getInvoice: async (request, context) => invoiceToProto(await find(request.invoice, context, readInvoice)),

    listInvoices: async (request) => {
      const { limit, after } = pageOf(request);
      const { invoices, hasMore } = await listInvoices(database, { ...request, after: keyOf(after), limit });
      const last = invoices.at(-1);
      return {
        invoices: invoices.map(invoiceToProto),
        nextPageToken: hasMore && last ? nextToken([last.business, String(last.number)]) : '',
      };
    },

    getInvoiceDocument: async (request, context) => {
      const invoice = await find(request.invoice, context, readInvoice);
      const offerings = await readOfferingNames(
        database,
        invoice.lines.map(({ offeringId }) => offeringId),
      );
      return { contentType: 'application/pdf', data: await invoicePdf(invoice, offerings, timeZone) };
    },

    explainInvoice: async (request, context) => {
      const invoice = await find(request.invoice, context, readInvoiceHead);
      return explainInvoice({ sql: database, clients, timeZone }, invoice, request, context);
    },
  });
}

function keyOf(after: string[] | undefined): { business: string; number: bigint } | undefined {
  if (!after) return undefined;
  const [business, number = ''] = after;
  if (business === undefined || !/^\d{1,18}$/.test(number)) {
    throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
  }
  return { business, number: BigInt(number) };
}
