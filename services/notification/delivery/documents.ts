import type { HttpBody } from '#google/api/httpbody';
import { DocumentFormat } from '#proto/settlement/v1/settlement_service';
import type { Clients } from '#shared/rpc/call';
import { invoices, settlements } from '../calls.ts';
import type { Attachment } from '../domain/message.ts';
import type { SentDocument } from './sender.ts';

/** More than this, mail servers do not take, coded in base64 and together with the rest. */
export const attachmentLimit = 16 * 1024 * 1024;

/** Fetches a document from the service it belongs to; `TOO_LARGE` if it does not go into a mail. Throws a Fault. */
export type FetchDocument = (attachment: Attachment) => Promise<SentDocument | 'TOO_LARGE'>;

export function documentFetcher(clients: Clients): FetchDocument {
  const deadlineMs = 30_000;
  return async (attachment) => {
    switch (attachment.source) {
      case 'invoice': {
        const client = clients.for(invoices);
        const body = await client.getInvoiceDocument({ invoice: attachment.invoiceId }, { deadlineMs });
        return collect(attachment.name, [body]);
      }
      case 'settlement': {
        const { business, period, format } = attachment;
        const client = clients.for(settlements);
        const request = { business, period, format: DocumentFormat[format] };
        return collect(attachment.name, client.getSettlementDocument(request, { deadlineMs }));
      }
      default:
        return attachment satisfies never;
    }
  };
}

async function collect(
  name: string,
  pieces: AsyncIterable<HttpBody> | HttpBody[],
): Promise<SentDocument | 'TOO_LARGE'> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let contentType = '';
  for await (const piece of pieces) {
    contentType ||= piece.contentType;
    parts.push(piece.data);
    size += piece.data.length;
    if (size > attachmentLimit) return 'TOO_LARGE';
  }
  return { name, contentType: contentType || 'application/octet-stream', bytes: Buffer.concat(parts) };
}
