import type { NatsConnection } from '@nats-io/transport-node';
import type { Database } from '../database/database.ts';
import { redriveStream, serviceStream } from '../events/streams.ts';
import type { AdvisoryLocks } from '../process/advisoryLocks.ts';
import { backOff, sleep } from '../process/background.ts';
import { killPoint } from '../process/killPoint.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Consumer, durableName } from './consumer.ts';
import { read } from './delivery.ts';
import type { Durable } from './durable.ts';
import { type Desk, settle } from './handle.ts';
import { HandlingTimes } from './handlingTimes.ts';
import { Session } from './session.ts';

export interface ConsumersOptions {
  /** The service that consumes. */
  service: string;
  database: Database;
  nats: NatsConnection;
  locks: AdvisoryLocks;
  log: Logger;
  consumers: Consumer[];
  /** Attempts at an event whose failure nobody foresaw, before it is parked. */
  attempts?: number;
}

/** So many events are handled in one transaction at most. */
const batch = 64;

/**
 * Consumes until the signal is aborted; what is being handled then is finished first. Any number of processes may run it
 * on one database: each consumer is active in the one that holds its lock. One that has lost its lock without knowing
 * yet does no harm: whoever claims an event in the inbox first handles it, the other waits for that and passes over it.
 */
export async function runConsumers(options: ConsumersOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.consumers.map((consumer) => keepConsuming(options, consumer, signal)));
}

async function keepConsuming(options: ConsumersOptions, consumer: Consumer, signal: AbortSignal): Promise<void> {
  const { service, database, nats, locks, log, attempts = 5 } = options;
  const name = durableName(service, consumer);
  const durations = new HandlingTimes(name);
  const desk: Desk = { service, consumer: name, database, nats, log, attempts, durations, finish: consumer.finish };
  const events: Durable = { stream: serviceStream(consumer.source), name, filter: filterOf(consumer) };
  const redriven: Durable = { stream: redriveStream, name, filter: `jangbu-redrive.${service}.${name}` };
  for (let failures = 0; !signal.aborted; ) {
    try {
      await locks.hold(`consumer:${name}`, signal, async (held) => {
        failures = 0;
        // Redriven events come beside the others: a consumer that is stuck may need one of them to go on.
        await Promise.all([events, redriven].map((durable) => follow(desk, consumer, durable, held.signal)));
      });
    } catch (error) {
      failures += 1;
      if (!signal.aborted) log.warn({ err: error, consumer: name }, 'the consumer cannot get its lock; trying again');
      await sleep(backOff(failures, 100, 5_000), signal);
    }
  }
}

async function follow(desk: Desk, consumer: Consumer, durable: Durable, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await using session = await Session.open(desk.nats, durable, signal);
      failures = 0;
      await work(desk, consumer, session);
      if (!signal.aborted) desk.log.info({ consumer: desk.consumer, err: session.ended.reason }, 'reading on anew');
    } catch (error) {
      failures += 1;
      if (failures > 1)
        desk.log.warn({ err: error, consumer: desk.consumer }, 'JetStream does not answer; trying again');
      await sleep(backOff(failures, 50, 2_000), signal);
    }
  }
}

async function work(desk: Desk, consumer: Consumer, session: Session): Promise<void> {
  for (;;) {
    const messages = await session.next(batch);
    if (messages.length === 0) return;
    const deliveries = messages.map((message) => read(message, consumer));
    if (!(await settle(desk, deliveries, session.ended))) return;
    killPoint('inbox.before-ack');
    session.confirm(messages);
    killPoint('inbox.after-ack');
  }
}

/** JetStream filters by one subject; with several aggregates the consumer gets them all and passes over the rest. */
function filterOf({ source, aggregates }: Consumer): string {
  const [aggregate] = aggregates;
  return aggregates.length === 1 ? `jangbu.${source}.${aggregate}.>` : `jangbu.${source}.>`;
}
