import type { NatsConnection } from '@nats-io/transport-node';
import { context } from '@opentelemetry/api';
import type { Database, Transaction } from '../database/database.ts';
import { messageContext } from '../events/headers.ts';
import { backOff, sleep } from '../process/background.ts';
import { killPoint } from '../process/killPoint.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Drop } from './consumer.ts';
import type { Delivery } from './delivery.ts';
import { judge } from './failure.ts';
import { asBatch, endedBy, type Handling, startHandling } from './handlingSpan.ts';
import type { HandlingTimes } from './handlingTimes.ts';
import { eventId, park } from './letter.ts';
import { claim, recordDropped } from './record.ts';

/** What handling needs to know of the consumer whose turn it is. */
export interface Desk {
  service: string;
  /** Durable name; also the key of the inbox. */
  consumer: string;
  database: Database;
  nats: NatsConnection;
  log: Logger;
  /** Attempts at an event whose failure nobody foresaw, before it is parked. */
  attempts: number;
  /** How long handling takes, by type of event. */
  durations: HandlingTimes;
  /** What the consumer does behind the last event of a transaction. */
  finish: (tx: Transaction) => Promise<void>;
}

type EventDelivery = Extract<Delivery, { kind: 'event' }>;

/**
 * Settles deliveries in their order: each one handled, dropped or parked. First all in one transaction, which is many times cheaper;
 * if anything in it fails, nothing of it has happened, and they are settled one by one. False when the signal came first.
 */
export async function settle(desk: Desk, deliveries: Delivery[], signal: AbortSignal): Promise<boolean> {
  const events = deliveries.filter((delivery) => delivery.kind === 'event');
  const wellFormed = deliveries.every(({ kind }) => kind !== 'malformed');
  if (wellFormed && (events.length === 0 || (events.length > 1 && (await tryTogether(desk, events))))) return true;
  for (const delivery of deliveries) {
    if (!(await settleOne(desk, delivery, signal))) return false;
  }
  return true;
}

async function tryTogether(desk: Desk, events: EventDelivery[]): Promise<boolean> {
  try {
    await handleInTransaction(desk, events);
    return true;
  } catch (error) {
    desk.log.debug({ err: error, consumer: desk.consumer, events: events.length }, 'a batch failed; one by one now');
    return false;
  }
}

async function settleOne(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<boolean> {
  switch (delivery.kind) {
    case 'unhandled':
      return true;
    case 'malformed':
      return insist(desk, signal, () => parkAndLog(desk, delivery, delivery.fault, 1));
    case 'event':
      return settleEvent(desk, delivery, signal);
  }
}

async function settleEvent(desk: Desk, delivery: EventDelivery, signal: AbortSignal): Promise<boolean> {
  let unforeseen = 0;
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await handleInTransaction(desk, [delivery]);
      return true;
    } catch (error) {
      const verdict = judge(error);
      if (verdict === 'drop') return insist(desk, signal, () => drop(desk, delivery, error as Drop));
      if (verdict === 'try-again') unforeseen += 1;
      if (verdict === 'park' || unforeseen >= desk.attempts) {
        return insist(desk, signal, () => parkAndLog(desk, delivery, error, attempt));
      }
      const { id, type } = delivery.envelope;
      inTraceOf(delivery, () =>
        desk.log.warn(
          { err: error, consumer: desk.consumer, event: id, type, attempt },
          'an event waits for its next try',
        ),
      );
      await sleep(backOff(attempt), signal);
    }
  }
  return false;
}

/** Repeats what nothing but an absent database or broker can prevent. */
async function insist(desk: Desk, signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await work();
      return true;
    } catch (error) {
      desk.log.warn({ err: error, consumer: desk.consumer, attempt }, 'an event cannot be put aside yet');
      await sleep(backOff(attempt), signal);
    }
  }
  return false;
}

async function drop(desk: Desk, delivery: EventDelivery, { message: reason }: Drop): Promise<void> {
  const { consumer, database, log } = desk;
  const { id, type } = delivery.envelope;
  await recordDropped(database, consumer, id, reason);
  inTraceOf(delivery, () => log.info({ consumer, event: id, type, reason }, 'an event is dropped'));
}

async function parkAndLog(desk: Desk, delivery: Delivery, error: unknown, attempts: number): Promise<void> {
  const { message } = delivery;
  await park(desk.nats, message, { service: desk.service, consumer: desk.consumer, error, attempts });
  inTraceOf(delivery, () =>
    desk.log.error({ err: error, consumer: desk.consumer, event: eventId(message), attempts }, 'an event is parked'),
  );
  killPoint('inbox.after-park');
}

/** What is written about an event behind its handling carries the event's trace, too. */
function inTraceOf({ message }: Delivery, write: () => void): void {
  context.with(messageContext(message.headers), write);
}

/** Handles events in one transaction that also records them; those recorded before are passed over. */
async function handleInTransaction(desk: Desk, events: EventDelivery[]): Promise<void> {
  const [alone] = events;
  await (events.length === 1 && alone ? handleAlone(desk, alone) : handleTogether(desk, events));
  killPoint('inbox.after-commit');
}

/** The transaction is a part of the event's handling, from its claim to its commit. */
async function handleAlone(desk: Desk, delivery: EventDelivery): Promise<void> {
  const handling = startHandling(desk.consumer, delivery);
  let failure = '';
  let isFresh = false;
  try {
    await context.with(handling.context, () =>
      inTransaction(desk, [delivery], async ({ handler, event, envelope }, tx) => {
        isFresh = true;
        await handler.handle(event, tx, envelope);
      }),
    );
  } catch (error) {
    failure = endedBy(error, handling.span);
    throw error;
  } finally {
    handling.span.end();
    // What comes twice is handled once.
    if (isFresh || failure !== '') desk.durations.record(handling.startedAt, handling.destination, failure);
  }
}

/** Whether an event was handled is known at the commit: what is rolled back is undone, and is handled once more by itself. */
async function handleTogether(desk: Desk, events: EventDelivery[]): Promise<void> {
  const handled: (Handling & { endedAt: number })[] = [];
  const undone = (error: unknown) => {
    for (const handling of handled.splice(0)) {
      endedBy(error, handling.span);
      handling.span.end(handling.endedAt);
    }
  };
  const handle = async (delivery: EventDelivery, tx: Transaction) => {
    const { handler, event, envelope } = delivery;
    const handling = startHandling(desk.consumer, delivery);
    try {
      await context.with(handling.context, () => handler.handle(event, tx, envelope));
    } finally {
      handled.push({ ...handling, endedAt: performance.now() });
    }
  };
  try {
    // PostgreSQL may want the transaction repeated; what an earlier round of it has handled is undone then.
    const again = () => undone(new Error('repeated'));
    await asBatch(desk.consumer, events, () => inTransaction(desk, events, handle, again));
  } catch (error) {
    undone(error);
    throw error;
  }
  for (const { span, startedAt, endedAt, destination } of handled) {
    span.end(endedAt);
    desk.durations.record(startedAt, destination, '', endedAt);
  }
}

async function inTransaction(
  desk: Desk,
  events: EventDelivery[],
  handle: (delivery: EventDelivery, tx: Transaction) => Promise<void>,
  begins?: () => void,
): Promise<void> {
  await desk.database.transaction(async (tx) => {
    begins?.();
    const fresh = await claim(
      tx,
      desk.consumer,
      events.map(({ envelope }) => envelope.id),
    );
    killPoint('inbox.after-claim');
    for (const delivery of events) {
      // Deleting as it goes: an event may come twice in one batch.
      if (fresh.delete(delivery.envelope.id)) await handle(delivery, tx);
    }
    await desk.finish(tx);
    killPoint('inbox.before-commit');
  });
}
