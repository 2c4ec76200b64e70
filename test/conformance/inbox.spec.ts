import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { consumer, on } from '#shared/inbox/consumer';
import { deadLetterService } from '#shared/inbox/deadLetterService';
import { runConsumers } from '#shared/inbox/run';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { Child, until } from './child.ts';
import { count, countIn, expectedSequences, readCount, sequences } from './counting.ts';
import { deadLetterClient } from './deadLetters.ts';
import { counters } from './handlers.ts';
import { log, Stage } from './stage.ts';
import { wireTo } from './wire.ts';

let nats: TestServer;

beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats[Symbol.asyncDispose]());

/** A stage on a broker without streams, whose relay publishes the counts. Counting and applying share its database. */
async function stageOf(name: string): Promise<Stage> {
  const stage = await Stage.open(name, nats.url);
  await deleteStreams(stage);
  stage.relay('ordering');
  return stage;
}

async function deleteStreams(stage: Stage): Promise<void> {
  const { streams } = await jetstreamManager(stage.nats);
  for await (const name of streams.names()) await streams.delete(name);
}

const child = (stage: Stage, environment: Record<string, string> = {}) =>
  new Child('inbox.child.ts', { DATABASE_URL: stage.url, NATS_URL: nats.url, ...environment });

/** Consumers in this process. */
function consume(stage: Stage): void {
  const { database, nats: connection, locks } = stage;
  stage.run((signal) =>
    runConsumers(
      { service: 'billing', database, nats: connection, locks, log, consumers: [counters()], attempts: 2 },
      signal,
    ),
  );
}

const letters = (stage: Stage) => deadLetterClient(deadLetterService(stage.database, stage.nats));

async function parked(stage: Stage) {
  return (await letters(stage).listDeadLetters({ service: 'billing' })).deadLetters;
}

async function applied(stage: Stage) {
  const { rows } = await stage.database.query<{ id: string; n: number }>('select id, n from applied order by position');
  return rows;
}

async function countMany(stage: Stage, turns: number, each: (turn: number) => string): Promise<void> {
  for (let turn = 0; turn < turns; turn += 50) {
    await stage.database.transaction(async (tx) => {
      for (let next = turn; next < Math.min(turn + 50, turns); next++) await countIn(tx, each(next));
    });
  }
}

/** Waits until everything is applied that was counted, and holds it to: once each, in order. */
async function expectExact(stage: Stage, limitMs?: number): Promise<void> {
  const { rows } = await stage.database.query<{ total: bigint }>('select sum(n) as total from counters');
  await until(async () => (await applied(stage)).length >= Number(rows[0]?.total), 'everything is applied', limitMs);
  expect(sequences(await applied(stage))).toEqual(await expectedSequences(stage.database));
}

describe('MESH-3 inbox: killed at each step, nothing is lost, applied twice or overtaken', () => {
  test.each([
    'inbox.after-claim@1',
    'inbox.after-claim@4',
    'inbox.before-commit@1',
    'inbox.before-commit@3',
    'inbox.after-commit@1',
    'inbox.after-commit@3',
    'inbox.before-ack@1',
    'inbox.before-ack@2',
    'inbox.after-ack@1',
    'inbox.after-ack@2',
  ])('%s', async (JANGBU_KILL_AT) => {
    await using stage = await stageOf('inbox_kill');
    await countMany(stage, 400, (turn) => `counter-${turn % 5}`);
    {
      await using killed = child(stage, { JANGBU_KILL_AT });
      await killed.untilKilled();
    }
    await using _restarted = child(stage);
    await countMany(stage, 100, (turn) => `counter-${turn % 5}`);
    await expectExact(stage, 10_000);
  });

  test('inbox.after-park: the letter is there once', async () => {
    await using stage = await stageOf('inbox_kill_park');
    await countMany(stage, 20, (turn) => (turn === 10 ? 'broken' : 'counter'));
    {
      await using killed = child(stage, { JANGBU_KILL_AT: 'inbox.after-park' });
      await killed.untilKilled();
    }
    await using _restarted = child(stage);
    await until(async () => (await applied(stage)).length === 19, 'all but the broken one are applied');
    expect(await parked(stage)).toMatchObject([{ reason: 'INTERNAL', attempts: 2 }]);
  });

  test.each(['inbox.after-claim@3', 'inbox.before-commit@1', 'inbox.after-commit@1', 'inbox.before-ack@2'])(
    '%s, while handling a redriven event',
    async (JANGBU_KILL_AT) => {
      await using stage = await stageOf('inbox_kill_redriven');
      await using killed = child(stage, { JANGBU_KILL_AT });
      await count(stage.database, 'broken');
      await until(async () => (await parked(stage)).length === 1, 'the event is parked');
      await stage.database.query(`insert into cured values ('broken')`);
      const [letter] = await parked(stage);
      await letters(stage).redriveDeadLetter({ deadLetter: letter?.id ?? '' });
      await killed.untilKilled();
      await using _restarted = child(stage);
      await expectExact(stage);
      expect(await parked(stage)).toEqual([]);
    },
  );

  test('redrive.after-publish: the event is applied once, whether or not it is sent again', async () => {
    await using stage = await stageOf('inbox_kill_redrive');
    await using _child = child(stage);
    await count(stage.database, 'broken');
    await until(async () => (await parked(stage)).length === 1, 'the event is parked');
    await stage.database.query(`insert into cured values ('broken')`);
    const [letter] = await parked(stage);
    const LETTER = letter?.id ?? '';
    await using killed = new Child('redrive.child.ts', {
      DATABASE_URL: stage.url,
      NATS_URL: nats.url,
      JANGBU_KILL_AT: 'redrive.after-publish',
      LETTER,
    });
    await killed.untilKilled();
    expect(await parked(stage)).toHaveLength(1);
    await letters(stage).redriveDeadLetter({ deadLetter: LETTER });
    expect(await parked(stage)).toHaveLength(0);
    await expectExact(stage);
  });
});

test('MESH-3 inbox: of two processes one is active, and the other takes over within seconds when it is killed', async () => {
  await using stage = await stageOf('inbox_two');
  await using first = child(stage);
  await using _second = child(stage);
  await countMany(stage, 300, (turn) => `counter-${turn % 5}`);
  await until(async () => (await applied(stage)).length > 0, 'one of them works');
  await first.kill();
  await countMany(stage, 300, (turn) => `counter-${turn % 5}`);
  await expectExact(stage, 8_000);
});

test('MESH-3 inbox: a restarted broker changes nothing', async () => {
  await using stage = await stageOf('inbox_broker');
  consume(stage);
  for (let turn = 0; turn < 6; turn++) {
    await countMany(stage, 200, (next) => `counter-${next % 5}`);
    if (turn % 2 === 0) await nats.killAndRestart();
  }
  await expectExact(stage, 40_000);
});

test('MESH-3 inbox: what is lost on the wire comes again, before anything behind it', async () => {
  await using stage = await stageOf('inbox_wire');
  await countMany(stage, 6_000, (turn) => `counter-${turn % 5}`);
  await using wire = await wireTo(nats.url);
  await using _child = new Child('inbox.child.ts', { DATABASE_URL: stage.url, NATS_URL: wire.url });
  // Cut while deliveries are under way, mostly in the middle of one; all of them together are several times as many bytes.
  for (let cuts = 0; cuts < 8; cuts++) await wire.cutAfter(100_000);
  await expectExact(stage, 25_000);
});

test('MESH-3 inbox: lost connections to the database change nothing', async () => {
  await using stage = await stageOf('inbox_database');
  await using _child = child(stage);
  for (let turn = 0; turn < 5; turn++) {
    await countMany(stage, 200, (next) => `counter-${next % 5}`);
    await stage.database.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  }
  await expectExact(stage, 30_000);
  expect(await parked(stage)).toEqual([]);
});

test('MESH-3 inbox: all streams are deleted while processes run; nothing is lost or applied twice', async () => {
  await using stage = await stageOf('inbox_lost');
  await using _child = child(stage);
  await countMany(stage, 300, (turn) => `counter-${turn % 5}`);
  await until(async () => (await applied(stage)).length > 50, 'some are applied');
  await deleteStreams(stage);
  await countMany(stage, 300, (turn) => `counter-${turn % 5}`);
  await stage.database.query('update outbox set published_at = null; notify outbox');
  await expectExact(stage, 40_000);
  await countMany(stage, 10, () => 'counter-0');
  await expectExact(stage);
});

test('MESH-3 inbox: an event that is not due yet holds back those behind it, until it is', async () => {
  await using stage = await stageOf('inbox_retry');
  consume(stage);
  await countMany(stage, 9, (turn) => (turn === 3 ? 'early' : turn === 6 ? 'unavailable' : 'counter'));
  await until(async () => (await applied(stage)).length === 3, 'those before it are applied');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await applied(stage)).toHaveLength(3);
  await stage.database.query(`insert into cured values ('early'), ('unavailable')`);
  await expectExact(stage);
  expect((await applied(stage)).map(({ id }) => id).indexOf('early')).toBe(3);
  expect(await parked(stage)).toEqual([]);
});

test('MESH-3 inbox: a dropped event is recorded with its reason and its effects are not', async () => {
  await using stage = await stageOf('inbox_drop');
  consume(stage);
  await countMany(stage, 3, (turn) => (turn === 1 ? 'idle' : 'counter'));
  await until(async () => (await applied(stage)).length === 2, 'the others are applied');
  const { rows } = await stage.database.query(`select outcome, reason from inbox order by outcome`);
  expect(rows).toEqual([
    { outcome: 'dropped', reason: 'nobody needs it' },
    { outcome: 'handled', reason: null },
    { outcome: 'handled', reason: null },
  ]);
});

test('MESH-3 inbox: poisoned events are parked, listed by pages, sent again and applied once', async () => {
  await using stage = await stageOf('inbox_poison');
  consume(stage);
  await countMany(stage, 6, (turn) => ['counter', 'broken', 'refused'][turn % 3] ?? '');
  await until(async () => (await applied(stage)).length === 2, 'the others are applied');
  await until(async () => (await parked(stage)).length === 4, 'the poisoned ones are parked');
  const all = await parked(stage);
  expect(all.map(({ reason, attempts, consumer, message }) => ({ reason, attempts, consumer, message }))).toEqual(
    [0, 1].flatMap(() => [
      {
        reason: 'INTERNAL',
        attempts: 2,
        consumer: 'billing_ordering_customer',
        message: 'TypeError: nobody has foreseen this',
      },
      {
        reason: 'LINE_STATE_FORBIDS',
        attempts: 1,
        consumer: 'billing_ordering_customer',
        message: 'the line forbids it',
      },
    ]),
  );
  const first = await letters(stage).listDeadLetters({ service: 'billing', pageSize: 3 });
  const rest = await letters(stage).listDeadLetters({
    service: 'billing',
    pageSize: 3,
    pageToken: first.nextPageToken,
  });
  expect([...first.deadLetters, ...rest.deadLetters]).toEqual(all);
  expect(rest.nextPageToken).toBe('');
  expect((await letters(stage).listDeadLetters({ service: 'rating' })).deadLetters).toEqual([]);
  const pageToken = Buffer.from('["99999999999999999999"]').toString('base64url');
  await expect(letters(stage).listDeadLetters({ pageToken })).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });

  // Sent again without a cure, each comes back as a new letter; never as two, and never as none.
  for (const { id } of all) await letters(stage).redriveDeadLetter({ deadLetter: id });
  const known = new Set(all.map(({ id }) => id));
  await until(async () => {
    const now = await parked(stage);
    return now.length === 4 && now.every(({ id }) => !known.has(id));
  }, 'all are parked anew');
  expect((await parked(stage)).map(({ eventId }) => eventId).sort()).toEqual(all.map(({ eventId }) => eventId).sort());

  await stage.database.query(`insert into cured values ('broken'), ('refused')`);
  for (const { id } of await parked(stage)) await letters(stage).redriveDeadLetter({ deadLetter: id });
  await expectExact(stage);
  expect(await parked(stage)).toEqual([]);
  await expect(letters(stage).redriveDeadLetter({ deadLetter: '1' })).rejects.toMatchObject({
    reason: 'DEAD_LETTER_NOT_FOUND',
  });
  await expect(letters(stage).redriveDeadLetter({ deadLetter: '0' })).rejects.toMatchObject({
    reason: 'DEAD_LETTER_NOT_FOUND',
  });
});

test('MESH-3 inbox: what is no event of a known kind is parked, what nobody handles is passed over', async () => {
  await using stage = await stageOf('inbox_malformed');
  consume(stage);
  await count(stage.database, 'counter');
  await expectExact(stage);
  const publish = (event: string, set: Record<string, string>, body = Uint8Array.of(1, 2, 3)) => {
    const hdrs = headers();
    for (const [key, value] of Object.entries(set)) hdrs.set(key, value);
    return jetstream(stage.nats).publish(`jangbu.ordering.customer.${event}.x`, body, { headers: hdrs });
  };
  const good = { 'ce-time': new Date().toISOString(), 'ce-subject': 'x', 'ce-source': 'jangbu/ordering' };
  await publish('CustomerChanged.v1', {});
  await publish('CustomerChanged.v1', { ...good, 'ce-id': 'body', 'ce-type': 'jangbu.ordering.v1.CustomerChanged' });
  await publish('CustomerChanged.v2', { ...good, 'ce-id': 'version', 'ce-type': 'jangbu.ordering.v2.CustomerChanged' });
  await publish('CustomerMoved.v1', { ...good, 'ce-id': 'unhandled', 'ce-type': 'jangbu.ordering.v1.CustomerMoved' });
  await count(stage.database, 'counter');
  await expectExact(stage);
  expect(await parked(stage)).toMatchObject([
    { reason: 'EVENT_MALFORMED', eventId: 'JANGBU_ORDERING-2', message: 'the header ce-type is missing' },
    { reason: 'EVENT_MALFORMED', eventId: 'body' },
    { reason: 'EVENT_MALFORMED', eventId: 'version' },
  ]);
  const manager = await jetstreamManager(stage.nats);
  await until(async () => {
    const info = await manager.consumers.info('JANGBU_ORDERING', 'billing_ordering_customer');
    return info.num_pending === 0 && info.num_ack_pending === 0;
  }, 'everything is confirmed');
});

test('MESH-3 inbox: what the handlers gathered is done behind the last of them, and each event says its sequence', async () => {
  await using stage = await stageOf('inbox_finish');
  const gathered = new WeakMap<Transaction, { id: string; n: number }[]>();
  const positions = new Map<string, bigint>();
  let finishes = 0;
  const gathering = consumer({
    source: 'ordering',
    aggregates: ['customer'],
    handlers: [
      on(CustomerChangedSchema, async (event, tx, { id, sequence }) => {
        positions.set(id, sequence);
        gathered.set(tx, [...(gathered.get(tx) ?? []), readCount(event)]);
      }),
    ],
    finish: async (tx) => {
      finishes += 1;
      const counts = gathered.get(tx) ?? [];
      // Together with others it fails, so each has to be handled alone.
      if (counts.length > 1 && counts.some(({ id }) => id === 'loner')) throw new Error('not with others');
      for (const { id, n } of counts) await tx.query('insert into applied (id, n) values ($1, $2)', [id, n]);
    },
  });
  await countMany(stage, 200, (turn) => (turn % 100 === 50 ? 'loner' : `counter-${turn % 3}`));
  stage.consume('billing', [gathering]);
  await expectExact(stage);
  expect(finishes).toBeLessThan(200);
  const { rows } = await stage.database.query<{ id: string; position: bigint }>('select id, position from outbox');
  expect(positions).toEqual(new Map(rows.map(({ id, position }) => [id, position])));
});
