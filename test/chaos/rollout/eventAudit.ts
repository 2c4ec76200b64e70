import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect } from 'vitest';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { Database } from '#shared/database/database';
import { until } from '../../../deploy/local/sample/until.ts';
import { eventsOn } from '../../journeys/events.ts';
import type { World } from '../../journeys/world.ts';

interface Emitted {
  readonly id: string;
  readonly type: string;
  readonly about: string;
  readonly position: bigint;
}

export interface EventCounts {
  /** Events in all outboxes. */
  emitted: number;
  /** Of them and the consumers that want them: entries in inboxes. */
  handled: number;
}

/**
 * Follows every event from its outbox into the stream and into each inbox. Of the stream: what the outbox has is there once, nothing else is, and
 * the events about one thing come in the order of their positions. Of an inbox: a consumer that has handled one event of a type has
 * handled all of that type; that it cannot have handled one twice is the key of the table.
 */
export async function auditEvents({ mesh, natsUrl }: World, patienceMs = 30_000): Promise<EventCounts> {
  const counts: EventCounts = { emitted: 0, handled: 0 };
  const outboxes = new Map<ServiceName, Emitted[]>();
  for (const service of serviceNames) outboxes.set(service, await outboxOf(mesh.databaseUrl(service)));
  for (const [service, emitted] of outboxes) {
    counts.emitted += emitted.length;
    if (emitted.length === 0) continue;
    const events = await eventsOn(natsUrl, service, `jangbu.${service}.>`);
    expect(events.map(({ id }) => id).sort()).toEqual(emitted.map(({ id }) => id).sort());
    const last = new Map<string, bigint>();
    for (const { subject, headers } of events) {
      const about = `${subject.split('.')[2]} ${headers['ce-subject']}`;
      const sequence = BigInt(headers['ce-sequence'] ?? 0);
      expect(sequence > (last.get(about) ?? -1n), `${service}: ${about} comes in order`).toBe(true);
      last.set(about, sequence);
    }
  }
  const all = new Map([...outboxes.values()].flat().map((event) => [event.id, event]));
  for (const service of serviceNames) {
    counts.handled += await auditInbox(mesh.databaseUrl(service), { service, all, patienceMs });
  }
  await nothingWaits(natsUrl);
  return counts;
}

/** A consumer that has never handled anything is in no inbox; what it has not handled waits in the stream. */
async function nothingWaits(natsUrl: string): Promise<void> {
  const nats = await connect({ servers: natsUrl });
  try {
    const manager = await jetstreamManager(nats);
    const waiting: string[] = [];
    for await (const { config } of manager.streams.list()) {
      for await (const consumer of manager.consumers.list(config.name)) {
        const left = consumer.num_pending + consumer.num_ack_pending;
        if (consumer.config.durable_name && left > 0) waiting.push(`${consumer.name}: ${left}`);
      }
    }
    expect(waiting).toEqual([]);
  } finally {
    await nats.close();
  }
}

/** Waits until everything in the outbox is published. */
async function outboxOf(url: string): Promise<Emitted[]> {
  await using database = new Database(url);
  return until('the outbox to be published', 30_000, async () => {
    const { rows } = await database.query(
      `select id, type, aggregate || ' ' || aggregate_id as about, position, published_at from outbox order by position`,
    );
    return rows.every(({ published_at }) => published_at !== null) ? rows : undefined;
  });
}

interface InboxAudit {
  readonly service: string;
  /** Every event that was emitted, by its id. */
  readonly all: ReadonlyMap<string, Emitted>;
  readonly patienceMs: number;
}

async function auditInbox(url: string, { service, all, patienceMs }: InboxAudit): Promise<number> {
  await using database = new Database(url);
  const read = async () => {
    const { rows } = await database.query<{ consumer: string; event_id: string; outcome: string }>(
      'select consumer, event_id, outcome from inbox',
    );
    const byConsumer = Map.groupBy(rows, ({ consumer }) => consumer);
    const missing = [...byConsumer].flatMap(([consumer, handled]) => {
      const ids = new Set(handled.map(({ event_id }) => event_id));
      const types = new Set(handled.map(({ event_id }) => all.get(event_id)?.type));
      const lost = [...all.values()].filter(({ id, type }) => types.has(type) && !ids.has(id));
      return lost.map(({ id, type }) => `${service}/${consumer} has not handled ${type} ${id}`);
    });
    return { rows, missing };
  };
  // What was emitted last may be under way still; what is lost stays away.
  const done = await until(`${service} to have handled its events`, patienceMs, async () => {
    const { rows, missing } = await read();
    return missing.length === 0 ? rows : undefined;
  }).catch(async () => {
    throw new Error((await read()).missing.slice(0, 20).join('\n'));
  });
  expect(done.filter(({ event_id }) => !all.has(event_id))).toEqual([]);
  expect(done.filter(({ outcome }) => outcome !== 'handled')).toEqual([]);
  return done.length;
}
