/** The ways a message goes. */
export type Channel = 'SMS' | 'EMAIL';

/** To whom a message goes: somebody known by an id, or a department, of which only the address is known. */
export type Addressee = { kind: 'customer'; id: string } | { kind: 'driver'; id: string } | { kind: 'department' };

/** A document that is fetched from its owner when the message is sent. */
export type Attachment =
  | { source: 'invoice'; name: string; invoiceId: string }
  | { source: 'settlement'; name: string; business: string; period: string; format: 'PDF' | 'CSV' };

/** What a template makes of an event. */
export interface Draft {
  channel: Channel;
  template: string;
  /** Empty for a text message. */
  subject: string;
  body: string;
  attachments: Attachment[];
}

/** A draft that is to be stored for one event. */
export interface NewMessage extends Draft {
  id: string;
  eventId: string;
  addressee: Addressee;
  recipient: Recipient;
}

/** Where a message goes: an address, one that is not known yet, or none, which is final. */
export type Recipient = { kind: 'known'; address: string } | { kind: 'awaited' } | { kind: 'none'; why: string };

/** A message on its way. */
export interface QueuedMessage extends Draft {
  id: string;
  addressee: Addressee;
  /** Empty while the addressee's contact has not arrived. */
  to: string;
  attempts: number;
  createTime: Date;
  traceparent: string | null;
}

/** A file name out of words that may hold anything. */
export function fileName(words: string, extension: string): string {
  return `${words.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.${extension}`;
}
