import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Channel, type Message, MessageSchema, MessageState } from '#proto/notification/v1/message';
import type { MessageRow } from '../store/mapping.ts';

export function messageToProto(row: MessageRow): Message {
  return create(MessageSchema, {
    id: row.id,
    customerId: row.customer_id,
    driverId: row.driver_id,
    channel: Channel[row.channel],
    to: row.recipient,
    template: row.template,
    subject: row.subject,
    body: row.body,
    state: MessageState[row.state],
    attempts: row.attempts,
    eventId: row.event_id,
    attachments: row.attachments.map(({ name }) => name),
    createTime: timestampFromDate(row.create_time),
    sendTime: row.send_time ? timestampFromDate(row.send_time) : undefined,
    lastError: row.last_error,
  });
}
