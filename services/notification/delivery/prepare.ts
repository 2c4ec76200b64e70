import type { Sql } from '#shared/database/database';
import { faultOf } from '#shared/errors/classify';
import { recipientOf } from '../domain/contact.ts';
import type { QueuedMessage } from '../domain/message.ts';
import type { Outcome } from '../domain/retry.ts';
import { findContact } from '../store/contacts.ts';
import type { FetchDocument } from './documents.ts';
import type { OutgoingMessage, SentDocument } from './sender.ts';

/** A message ready to go out, or why the attempt ends here. */
export type Prepared = { ready: true; message: OutgoingMessage } | { ready: false; outcome: Outcome };

/** Finds the address if it was awaited, and fetches the documents. */
export async function prepare(sql: Sql, fetchDocument: FetchDocument, queued: QueuedMessage): Promise<Prepared> {
  let to = queued.to;
  if (to === '') {
    const { addressee } = queued;
    // A department without an address has a FAILED message, which nobody sends.
    if (addressee.kind === 'department') return not({ kind: 'refused', reason: 'the department has no address' });
    const recipient = recipientOf(queued.channel, addressee.kind, await findContact(sql, addressee));
    if (recipient.kind === 'awaited') {
      return not({ kind: 'failed', reason: `the ${addressee.kind} is not known yet` });
    }
    if (recipient.kind === 'none') return not({ kind: 'refused', reason: recipient.why });
    to = recipient.address;
  }
  const documents: SentDocument[] = [];
  let body = queued.body;
  for (const attachment of queued.attachments) {
    try {
      const document = await fetchDocument(attachment);
      if (document === 'TOO_LARGE') body += `\n${attachment.name} is too large for mail: please download it.\n`;
      else documents.push(document);
    } catch (error) {
      const { reason, message } = faultOf(error);
      // The provider was not asked, so this is no attempt; the owner of a document that was announced will have it again.
      return not({ kind: 'postponed', reason: `${attachment.name}: ${reason}: ${message}` });
    }
  }
  const { id, subject, createTime } = queued;
  return { ready: true, message: { id, to, subject, body, documents, createTime } };
}

function not(outcome: Outcome): Prepared {
  return { ready: false, outcome };
}
