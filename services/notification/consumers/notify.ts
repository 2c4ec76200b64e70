import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { recipientOf } from '../domain/contact.ts';
import type { Addressee, Draft, Recipient } from '../domain/message.ts';
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
  const addressee = { kind: 'customer', id: customerId } as const;
  const recipient = recipientOf(draft.channel, 'customer', await findContact(tx, addressee), stated);
  await put(tx, occasion, addressee, draft, recipient);
}

/**
 * Queues a draft for a driver. Where a customer or another driver is told of the same event, too, the templates differ: an event has
 * one message of a template and a channel.
 */
export async function notifyDriver(tx: Transaction, occasion: Occasion, driverId: string, draft: Draft): Promise<void> {
  const addressee = { kind: 'driver', id: driverId } as const;
  const recipient = recipientOf(draft.channel, 'driver', await findContact(tx, addressee));
  await put(tx, occasion, addressee, draft, recipient);
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
  await put(tx, occasion, { kind: 'department' }, draft, recipient);
}

async function put(
  tx: Transaction,
  { eventId, now }: Occasion,
  addressee: Addressee,
  draft: Draft,
  recipient: Recipient,
) {
  await putMessage(tx, { ...draft, id: newId(), eventId, addressee, recipient }, now);
}
