import type { DescEnum } from '@bufbuild/protobuf';
import { ChannelSchema, MessageStateSchema } from '#proto/notification/v1/message';
import type { GetMessageRequest, ListMessagesRequest } from '#proto/notification/v1/message_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { requireParty } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import { findMessage, listMessages as list } from '../store/messages.ts';
import { messageToProto } from './convert.ts';

/** One message; customers and drivers see only messages to themselves. */
export function getMessage(sql: Sql) {
  return async (request: GetMessageRequest, { caller }: CallContext) => {
    const notFound = new Fault('MESSAGE_NOT_FOUND', { message: `there is no message ${request.message}` });
    const row = await findMessage(sql, request.message);
    if (!row) throw notFound;
    requireParty(caller, { customerId: row.customer_id, driverId: row.driver_id }, notFound);
    return messageToProto(row);
  };
}

/** Messages, newest first. For customers and drivers the access option has already filled in who they are. */
export function listMessages(sql: Sql) {
  return async (request: ListMessagesRequest) => {
    const { limit, after } = pageOf(request);
    if (after && after.length !== 1) {
      throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
    }
    const rows = await list(sql, {
      customerId: request.customerId,
      driverId: request.driverId,
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
