import type { DescEnum } from '@bufbuild/protobuf';
import { ChannelSchema, MessageStateSchema } from '#proto/notification/v1/message';
import type { GetMessageRequest, ListMessagesRequest } from '#proto/notification/v1/message_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import { findMessage, listMessages as list } from '../store/messages.ts';
import { messageToProto } from './convert.ts';

/** One message; a customer sees only messages to that customer. */
export function getMessage(sql: Sql) {
  return async (request: GetMessageRequest, { caller }: CallContext) => {
    const notFound = new Fault('MESSAGE_NOT_FOUND', { message: `there is no message ${request.message}` });
    const row = await findMessage(sql, request.message);
    if (!row) throw notFound;
    requireOwner(caller, row.customer_id, notFound);
    return messageToProto(row);
  };
}

/** Messages, newest first. For a customer the access option has already filled in `customer_id`. */
export function listMessages(sql: Sql) {
  return async (request: ListMessagesRequest) => {
    const { limit, after } = pageOf(request);
    if (after && after.length !== 1) {
      throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
    }
    const rows = await list(sql, {
      customerId: request.customerId,
      channel: nameOf(ChannelSchema, request.channel),
      state: nameOf(MessageStateSchema, request.state),
      after: after?.[0],
      limit: limit + 1,
    });
    const page = cutPage(rows, limit, ({ id }) => [id]);
    return { messages: page.rows.map(messageToProto), nextPageToken: page.nextPageToken };
  };
}

/** An enum value's name without its prefix; empty for UNSPECIFIED. */
function nameOf(schema: DescEnum, value: number): string {
  return value === 0 ? '' : (schema.value[value]?.localName ?? '');
}
