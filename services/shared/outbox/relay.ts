import type { NatsConnection } from '@nats-io/transport-node';
import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { ensureConnected } from '../events/connection.ts';
import { ensureStream, managerOf, serviceStream } from '../events/streams.ts';
import type { AdvisoryLocks, Held } from '../process/advisoryLocks.ts';
import { Alarm } from '../process/alarm.ts';
import { backOff, sleep } from '../process/background.ts';
import { killPoint } from '../process/killPoint.ts';
import type { Logger } from '../telemetry/log.ts';
import { publish } from './publish.ts';
import { markPublished, publishAgain, unpublished } from './rows.ts';

export interface RelayOptions {
  /** The service whose events these are; names the stream. */
  service: string;
  database: Database;
  nats: NatsConnection;
  locks: AdvisoryLocks;
  log: Logger;
  /** How long the stream keeps events, in milliseconds. */
  maxAgeMs?: number;
  /** How long an event may wait when its notification was missed, in milliseconds. */
  pollMs?: number;
}

/** How long a lost stream may stay unnoticed while nothing is emitted. */
const checkMs = 5_000;

/**
 * Publishes the outbox until the signal is aborted. Any number of processes may run it on one database: the one that holds
 * the lock publishes, the others wait to take over. One that has lost the lock without knowing yet does no harm:
 * both publish the same, and JetStream takes each message once and in its place only.
 */
export async function runRelay(options: RelayOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await options.locks.hold('outbox', signal, (held) => {
        failures = 0;
        return relay(options, held);
      });
    } catch (error) {
      failures += 1;
      if (!signal.aborted) options.log.warn({ err: error }, 'the outbox cannot be read; trying again');
      await sleep(backOff(failures, 100, 5_000), signal);
    }
  }
}

async function relay(options: RelayOptions, { session, signal }: Held): Promise<void> {
  const alarm = new Alarm();
  const stopListening = await session.listen('outbox', () => alarm.ring());
  // Of its own: the pool's connections may be in pipeline mode, where nothing can be copied.
  const client = await options.database.connect();
  try {
    await publishAll(options, client, alarm, signal);
  } finally {
    stopListening();
    await client.end().catch(() => {});
  }
}

/** Publishes as the only relay of its database. Throws when the database fails; a broker that is away is waited for. */
async function publishAll(
  options: RelayOptions,
  client: pg.ClientBase,
  alarm: Alarm,
  signal: AbortSignal,
): Promise<void> {
  const { database, nats, log, pollMs = 1_000 } = options;
  // The stream has one writer, so its last sequence is known without asking; undefined means: ask.
  let lastSequence: number | undefined;
  let asked = 0;
  for (let failures = 0; !signal.aborted; ) {
    try {
      if (lastSequence === undefined || Date.now() - asked > checkMs) {
        lastSequence = await askLastSequence(options);
        asked = Date.now();
      }
    } catch (error) {
      failures += 1;
      if (failures > 1) log.warn({ err: error }, 'JetStream does not answer; events wait in the outbox');
      await sleep(backOff(failures, 50, 2_000), signal);
      continue;
    }
    alarm.reset();
    const rows = await unpublished({ client });
    if (rows.length === 0) {
      await alarm.wait(pollMs, signal);
      continue;
    }
    const outcome = await publish(nats, rows, lastSequence);
    killPoint('outbox.after-publish');
    await markPublished(database, rows.slice(0, outcome.published));
    killPoint('outbox.after-mark');
    lastSequence = outcome.lastSequence;
    failures = outcome.failure === undefined || outcome.published > 0 ? 0 : failures + 1;
    if (outcome.failure === undefined) continue;
    log.warn({ err: outcome.failure, published: outcome.published, of: rows.length }, 'publication interrupted');
    if (failures > 0) await sleep(backOff(failures, 50, 2_000), signal);
  }
}

/**
 * Also makes the stream where it is missing. A stream that never held a message although the outbox has published some
 * is one whose predecessor was lost; then everything is published again, in order and before anything newer.
 */
async function askLastSequence({ database, nats, service, maxAgeMs, log }: RelayOptions): Promise<number> {
  await ensureConnected(nats);
  const { state } = await ensureStream(await managerOf(nats), serviceStream(service, maxAgeMs));
  if (state.last_seq === 0) {
    const events = await publishAgain(database);
    if (events > 0) log.warn({ events }, 'JetStream has lost its events; publishing all of them again');
  }
  return state.last_seq;
}
