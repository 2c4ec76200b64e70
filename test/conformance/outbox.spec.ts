import { fromBinary } from '@bufbuild/protobuf';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { startTracing, tracer } from '#shared/telemetry/tracing';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { Child, until } from './child.ts';
import { count, countIn, expectedSequences, readCount, sequences } from './counting.ts';
import { Stage } from './stage.ts';

const stream = 'JANGBU_ORDERING';
let nats: TestServer;

beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats[Symbol.asyncDispose]());

/** A stage whose stream is empty: each test begins without one. */
async function stageOf(name: string): Promise<Stage> {
  const stage = await Stage.open(name, nats.url);
  await (await jetstreamManager(stage.nats)).streams.delete(stream).catch(() => {});
  return stage;
}

const child = (stage: Stage, environment: Record<string, string> = {}) =>
  new Child('outbox.child.ts', { DATABASE_URL: stage.url, NATS_URL: nats.url, ...environment });

/** Everything in the stream, in its order. */
async function published(stage: Stage) {
  const manager = await jetstreamManager(stage.nats);
  const { state } = await manager.streams.info(stream);
  const messages = [];
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(stream, { seq });
    if (message) messages.push(message);
  }
  return messages;
}

async function untilEmpty(stage: Stage, limitMs?: number): Promise<void> {
  await until(
    async () => {
      const { rows } = await stage.database.query('select count(*) as waiting from outbox where published_at is null');
      return rows[0].waiting === 0n;
    },
    'the outbox is published',
    limitMs,
  );
}

/** Nothing lost, nothing twice, nothing that did not commit, and every counter in order. */
async function expectExact(stage: Stage): Promise<void> {
  const messages = await published(stage);
  const counts = messages.map(({ data }) => readCount(fromBinary(CustomerChangedSchema, data)));
  expect(sequences(counts)).toEqual(await expectedSequences(stage.database));
  const { rows } = await stage.database.query<{ id: string }>('select id from outbox');
  expect(messages.map(({ header }) => header.get('ce-id')).sort()).toEqual(rows.map(({ id }) => id).sort());
}

describe('MESH-3 outbox: killed at each step, nothing is lost, repeated or overtaken', () => {
  test.each([
    'outbox.before-commit@7',
    'outbox.after-send@1',
    'outbox.after-send@17',
    'outbox.after-publish@1',
    'outbox.after-publish@4',
    'outbox.after-mark@1',
    'outbox.after-mark@3',
  ])('%s', async (JANGBU_KILL_AT) => {
    await using stage = await stageOf('outbox_kill');
    {
      await using killed = child(stage, { JANGBU_KILL_AT, COUNTERS: '4', EACH: '100' });
      await killed.untilKilled();
    }
    await using _restarted = child(stage, { COUNTERS: '4', EACH: '10' });
    await until(async () => (await countersOf(stage)) >= 4, 'counting goes on');
    await until(() => _restarted.output.includes('counted'), 'counted');
    await untilEmpty(stage);
    await expectExact(stage);
  });
});

async function countersOf(stage: Stage): Promise<number> {
  const { rows } = await stage.database.query('select count(*)::int as count from counters');
  return rows[0].count;
}

test('MESH-3 outbox: of two relays one is active, and the other takes over when it is killed', async () => {
  await using stage = await stageOf('outbox_two');
  await using first = child(stage, { COUNTERS: '2', EACH: '150' });
  await using second = child(stage, { COUNTERS: '2', EACH: '150' });
  await until(() => first.output.includes('counted') || second.output.includes('counted'), 'one has counted');
  const { rows } = await stage.database.query(
    `select count(*)::int as holders from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
  );
  expect(rows[0].holders).toBe(1);
  await first.kill();
  await count(stage.database, 'after');
  await untilEmpty(stage);
  await second.kill();
  await expectExact(stage);
});

test('MESH-3 outbox: an event whose transaction commits late is published, though its position is long past', async () => {
  await using stage = await stageOf('outbox_late');
  stage.relay('ordering');
  let commit = () => {};
  const gate = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let emitted = () => {};
  const early = new Promise<void>((resolve) => {
    emitted = resolve;
  });
  const late = stage.database.transaction(async (tx) => {
    await countIn(tx, 'late');
    emitted();
    await gate;
  });
  await early;
  for (let turn = 0; turn < 5; turn++) await count(stage.database, 'early');
  await untilEmpty(stage);
  expect(await published(stage)).toHaveLength(5);
  commit();
  await late;
  await untilEmpty(stage);
  await expectExact(stage);
});

test('MESH-3 outbox: events wait while the broker is away and go out in order when it is back', async () => {
  await using stage = await stageOf('outbox_broker');
  stage.relay('ordering');
  await count(stage.database, 'a');
  await untilEmpty(stage);
  await nats.stop();
  for (let turn = 0; turn < 20; turn++) await count(stage.database, turn % 2 ? 'a' : 'b');
  await nats.start();
  await untilEmpty(stage, 30_000);
  await nats.killAndRestart();
  for (let turn = 0; turn < 20; turn++) await count(stage.database, turn % 2 ? 'a' : 'b');
  await untilEmpty(stage, 30_000);
  await expectExact(stage);
});

test('MESH-3 outbox: behind an event that JetStream does not take, nothing is published until it does', async () => {
  await using stage = await stageOf('outbox_hole');
  const { streams } = await jetstreamManager(stage.nats);
  await streams.add({ name: stream, subjects: ['jangbu.ordering.>'], max_msg_size: 1_000 });
  for (let turn = 0; turn < 30; turn++) await count(stage.database, turn === 10 ? 'x'.repeat(400) : 'counter');
  stage.relay('ordering');
  await until(async () => (await published(stage)).length >= 10, 'the first are published');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await published(stage)).toHaveLength(10);
  await streams.update(stream, { max_msg_size: -1 });
  await untilEmpty(stage);
  await expectExact(stage);
});

test('MESH-3 outbox: a lost connection to the database is made anew', async () => {
  await using stage = await stageOf('outbox_database');
  stage.relay('ordering');
  await count(stage.database, 'a');
  await untilEmpty(stage);
  await stage.database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await count(stage.database, 'a');
  await untilEmpty(stage);
  await expectExact(stage);
});

test('MESH-3 outbox: a deleted stream is noticed, made anew and filled again in order', async () => {
  await using stage = await stageOf('outbox_lost');
  stage.relay('ordering');
  for (let turn = 0; turn < 1_200; turn++) await count(stage.database, `counter-${turn % 7}`);
  await untilEmpty(stage);
  const manager = await jetstreamManager(stage.nats);
  await manager.streams.delete(stream);
  await count(stage.database, 'counter-0');
  await untilEmpty(stage);
  await expectExact(stage);
  await manager.streams.delete(stream);
  await until(
    async () => (await manager.streams.names().next()).includes(stream),
    'the loss is noticed without an event',
  );
  await until(async () => (await published(stage)).length === 1_201, 'all is there again');
  await expectExact(stage);
});

test('MESH-3 outbox: the documented refill publishes everything again', async () => {
  await using stage = await stageOf('outbox_refill');
  stage.relay('ordering');
  for (let turn = 0; turn < 20; turn++) await count(stage.database, `counter-${turn % 3}`);
  await untilEmpty(stage);
  const manager = await jetstreamManager(stage.nats);
  // Deleted and made by somebody else, so that the new stream is not empty when the relay sees it.
  const { config } = await manager.streams.info(stream);
  await manager.streams.delete(stream);
  await manager.streams.add(config);
  stage.nats.publish('jangbu.ordering.customer.CustomerChanged.v1.x');
  await stage.nats.flush();
  await stage.database.query('update outbox set published_at = null; notify outbox');
  await untilEmpty(stage);
  await manager.streams.deleteMessage(stream, 1);
  await expectExact(stage);
});

test('MESH-5 outbox: the event carries on the trace of the transaction that emitted it', async () => {
  await using stage = await stageOf('outbox_trace');
  await using _tracing = await startTracing('conformance', undefined);
  stage.relay('ordering');
  const { traceId, spanId } = await tracer().startActiveSpan('test', async (span) => {
    await count(stage.database, 'a');
    span.end();
    return span.spanContext();
  });
  await untilEmpty(stage);
  const [message] = await published(stage);
  const [, carried, parent] = message?.header.get('traceparent').split('-') ?? [];
  expect(carried).toBe(traceId);
  // Not the emitter's own span: the publication has one in between.
  expect(parent).not.toBe(spanId);
});

test('MESH-3 outbox: what JetStream gets is a CloudEvent under the contract’s subject', async () => {
  await using stage = await stageOf('outbox_shape');
  stage.relay('ordering');
  await count(stage.database, 'a.b *>%é');
  await untilEmpty(stage);
  const [message] = await published(stage);
  const { rows } = await stage.database.query('select id, time, position from outbox');
  expect(message?.subject).toBe('jangbu.ordering.customer.CustomerChanged.v1.a%2Eb%20%2A%3E%25%C3%A9');
  expect(Object.fromEntries([...(message?.header ?? [])].map(([key, [value]]) => [key, value]))).toMatchObject({
    'ce-id': rows[0].id,
    'ce-source': 'jangbu/ordering',
    'ce-type': 'jangbu.ordering.v1.CustomerChanged',
    'ce-time': rows[0].time.toISOString(),
    'ce-subject': 'a.b%20*>%25%C3%A9',
    'ce-sequence': String(rows[0].position),
    'ce-specversion': '1.0',
    'ce-datacontenttype': 'application/protobuf',
    'Nats-Msg-Id': rows[0].id,
  });
});
