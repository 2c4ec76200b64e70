import type { Sql, Transaction } from '#shared/database/database';
import { activeTraceparent } from '#shared/events/headers';
import type { Addressee, Channel, NewMessage, QueuedMessage, Recipient } from '../domain/message.ts';
import type { Progress } from '../domain/retry.ts';
import { type MessageRow, messageColumns, toQueued } from './mapping.ts';

/** Queues a message, or records that it reaches nobody. A second one for the same event, template and channel is none. */
export async function putMessage(tx: Transaction, message: NewMessage, now: Date): Promise<void> {
  const { addressee, recipient } = message;
  await tx.query(
    `insert into messages (id, customer_id, driver_id, channel, recipient, template, subject, body, attachments, state,
                           event_id, create_time, next_attempt_time, last_error, traceparent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15)
     on conflict (event_id, template, channel) do nothing`,
    [
      message.id,
      addressee.kind === 'customer' ? addressee.id : '',
      addressee.kind === 'driver' ? addressee.id : '',
      message.channel,
      addressOf(recipient),
      message.template,
      message.subject,
      message.body,
      JSON.stringify(message.attachments),
      recipient.kind === 'none' ? 'FAILED' : 'QUEUED',
      message.eventId,
      now,
      recipient.kind === 'none' ? null : now,
      recipient.kind === 'none' ? recipient.why : '',
      activeTraceparent(),
    ],
  );
}

/** Messages of a channel whose next attempt is due, longest due first; none to the addressees and none of the ids excepted. */
export async function listDue(
  sql: Sql,
  filter: { channel: Channel; now: Date; limit: number; exceptIds: string[]; exceptAddressees: Addressee[] },
): Promise<QueuedMessage[]> {
  const excepted = (kind: 'customer' | 'driver') =>
    filter.exceptAddressees.flatMap((each) => (each.kind === kind ? [each.id] : []));
  const { rows } = await sql.query<MessageRow>(
    `select ${messageColumns} from messages
     where state = 'QUEUED' and channel = $1 and next_attempt_time <= $2
       and id <> all ($3::text[]) and customer_id <> all ($4::text[]) and driver_id <> all ($5::text[])
     order by next_attempt_time, id
     limit $6`,
    [filter.channel, filter.now, filter.exceptIds, excepted('customer'), excepted('driver'), filter.limit],
  );
  return rows.map(toQueued);
}

/** Stores an attempt's result and locks the message; undefined if it is no longer queued, because another process was faster. */
export async function putProgress(
  tx: Transaction,
  { id, to }: QueuedMessage,
  progress: Progress,
): Promise<MessageRow | undefined> {
  const { rows } = await tx.query<MessageRow>(
    `update messages set state = $2, attempts = $3, recipient = $4, send_time = $5, next_attempt_time = $6, last_error = $7
     where id = $1 and state = 'QUEUED'
     returning ${messageColumns}`,
    [
      id,
      progress.state,
      progress.attempts,
      to,
      progress.state === 'SENT' ? progress.sendTime : null,
      progress.state === 'QUEUED' ? progress.nextAttemptTime : null,
      progress.state === 'SENT' ? '' : progress.lastError.slice(0, 1_000),
    ],
  );
  return rows[0];
}

function addressOf(recipient: Recipient): string {
  return recipient.kind === 'known' ? recipient.address : '';
}
