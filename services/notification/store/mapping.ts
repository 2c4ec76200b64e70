import type { Addressee, Attachment, Channel, QueuedMessage } from '../domain/message.ts';

/** A row of `messages`, as pg reads it. */
export interface MessageRow {
  id: string;
  customer_id: string;
  driver_id: string;
  channel: Channel;
  recipient: string;
  template: string;
  subject: string;
  body: string;
  attachments: Attachment[];
  state: 'QUEUED' | 'SENT' | 'FAILED';
  attempts: number;
  event_id: string;
  create_time: Date;
  send_time: Date | null;
  last_error: string;
  traceparent: string | null;
}

export const messageColumns = `id, customer_id, driver_id, channel, recipient, template, subject, body, attachments, state,
  attempts, event_id, create_time, send_time, last_error, traceparent`;

export function toQueued(row: MessageRow): QueuedMessage {
  return {
    id: row.id,
    addressee: addresseeOf(row),
    channel: row.channel,
    to: row.recipient,
    template: row.template,
    subject: row.subject,
    body: row.body,
    attachments: row.attachments,
    attempts: row.attempts,
    createTime: row.create_time,
    traceparent: row.traceparent,
  };
}

/** At most one of the two ids is not empty. */
function addresseeOf({ customer_id, driver_id }: MessageRow): Addressee {
  if (customer_id !== '') return { kind: 'customer', id: customer_id };
  return driver_id === '' ? { kind: 'department' } : { kind: 'driver', id: driver_id };
}
