import type { Channel, Recipient } from './message.ts';

/** How a customer is reached. */
export interface Contact {
  customerId: string;
  displayName: string;
  email: string;
  phone: string;
}

/**
 * Where a message to a customer goes. A customer nobody has told of is awaited: events of different services overtake
 * one another. A customer who is known without an address is not reached, and the message says so.
 */
export function recipientOf(channel: Channel, contact: Contact | undefined, stated = ''): Recipient {
  if (stated !== '') return { kind: 'known', address: stated };
  if (contact === undefined) return { kind: 'awaited' };
  switch (channel) {
    case 'SMS':
      return contact.phone ? { kind: 'known', address: contact.phone } : none('the customer has no phone number');
    case 'EMAIL':
      return contact.email ? { kind: 'known', address: contact.email } : none('the customer has no e-mail address');
    default:
      return channel satisfies never;
  }
}

function none(why: string): Recipient {
  return { kind: 'none', why };
}
