import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { recipientOf } from '../domain/contact.ts';
import type { Draft, Recipient } from '../domain/message.ts';
import { findContact } from '../store/contacts.ts';
import { putMessage } from '../store/queue.ts';

/** The event that a message is about, and the time it is queued. */
export interface Occasion {
  eventId: string;
  now: Date;
}

/** Queues a draft for a customer; `stated` is an address that the event itself names and that goes before the customer's. */
export async function notifyCustomer(
  tx: Transaction,
  occasion: Occasion,
  customerId: string,
  draft: Draft,
  stated = '',
): Promise<void> {
  const recipient = recipientOf(draft.channel, await findContact(tx, customerId), stated);
  await put(tx, occasion, customerId, draft, recipient);
}

/** Queues a draft for a business's department. */
export async function notifyDepartment(
  tx: Transaction,
  occasion: Occasion,
  address: string,
  draft: Draft,
): Promise<void> {
  const recipient: Recipient = address
    ? { kind: 'known', address }
    : { kind: 'none', why: 'the business has no department address' };
  await put(tx, occasion, '', draft, recipient);
}

async function put(
  tx: Transaction,
  { eventId, now }: Occasion,
  customerId: string,
  draft: Draft,
  recipient: Recipient,
) {
  await putMessage(tx, { ...draft, id: newId(), eventId, customerId, recipient }, now);
}
