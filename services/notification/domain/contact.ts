import type { Channel, Recipient } from './message.ts';

/** How a customer or a driver is reached. */
export interface Contact {
  displayName: string;
  email: string;
  phone: string;
}

/**
 * Where a message to somebody goes. Somebody nobody has told of is awaited: events of different services overtake
 * one another. Who is known without an address is not reached, and the message says so.
 */
export function recipientOf(
  channel: Channel,
  who: 'customer' | 'driver',
  contact: Contact | undefined,
  stated = '',
): Recipient {
  if (stated !== '') return { kind: 'known', address: stated };
  if (contact === undefined) return { kind: 'awaited' };
  switch (channel) {
    case 'SMS':
      return contact.phone ? { kind: 'known', address: contact.phone } : none(`the ${who} has no phone number`);
    case 'EMAIL':
      return contact.email ? { kind: 'known', address: contact.email } : none(`the ${who} has no e-mail address`);
    default:
      return channel satisfies never;
  }
}

function none(why: string): Recipient {
  return { kind: 'none', why };
}
