import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { observeConsumers } from '#shared/inbox/observe';
import { observeOutbox } from '#shared/outbox/observe';
import { observeSagas } from '#shared/saga/observe';
import { startSaga } from '#shared/saga/progress';
import { type RunningMetrics, startMetrics } from '#shared/telemetry/metrics';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { until } from './child.ts';
import { count } from './counting.ts';
import { counters } from './handlers.ts';
import { Stage } from './stage.ts';
import { tripSaga } from './trip.ts';

let nats: TestServer;
let stage: Stage;
let metrics: RunningMetrics;

beforeAll(async () => {
  nats = await startNats();
  stage = await Stage.open('telemetry', nats.url);
  metrics = await startMetrics('conformance', { endpoint: undefined, port: 0, host: '127.0.0.1' });
  observeOutbox(stage.database);
  observeConsumers({ service: 'billing', consumers: [counters()], nats: stage.nats });
  observeSagas(stage.database, [tripSaga(stage.database)]);
});
afterAll(async () => {
  await metrics[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

const scrape = async () => (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();

/** The value of a series, by its name and the labels as they are written; undefined where there is none. */
function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}
const value = async (series: string) => valueIn(await scrape(), series);

const consumer = '{messaging_consumer_group_name="billing_ordering_customer"}';
const lag = `jangbu_consumer_lag${consumer}`;
const deadLetters = `jangbu_dead_letters${consumer}`;
const cure = (what: string) => stage.database.query('insert into cured (what) values ($1)', [what]);

describe('MESH-5 gauges tell how the mechanisms stand', () => {
  test('outbox: how many events wait and since when; nothing once they are out', async () => {
    expect(await value('jangbu_outbox_depth')).toBe(0);
    expect(await value('jangbu_outbox_age_seconds')).toBe(0);
    for (let number = 0; number < 3; number++) await count(stage.database, 'a');
    await stage.database.query(`update outbox set created_at = created_at - interval '90 seconds' where position = 1`);
    expect(await value('jangbu_outbox_depth')).toBe(3);
    const age = await value('jangbu_outbox_age_seconds');
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(120);
    stage.relay('ordering');
    await until(async () => (await value('jangbu_outbox_depth')) === 0, 'the outbox is empty');
    expect(await value('jangbu_outbox_age_seconds')).toBe(0);
  });

  test('inbox: a consumer that is stuck falls behind, one that goes on catches up; what is parked is counted', async () => {
    // A consumer that has never consumed has no place in the stream yet.
    expect(await value(lag)).toBeUndefined();
    expect(await value(deadLetters)).toBe(0);
    const { database } = stage;
    stage.consume('billing', [counters()], 2);
    await until(async () => (await value(lag)) === 0, 'the first events are handled');

    await count(database, 'early-bird');
    for (let number = 0; number < 4; number++) await count(database, 'a');
    await until(async () => (await value(lag)) === 5, 'five events wait behind the stuck one, itself included');
    await cure('early-bird');
    await until(async () => (await value(lag)) === 0, 'the consumer has caught up');

    await count(database, 'refused-one');
    await count(database, 'refused-other');
    await until(async () => (await value(deadLetters)) === 2, 'two events are parked');
    expect(await value(lag)).toBe(0);
  });

  test('saga: how many are at which step, and how old the oldest is', async () => {
    const step = (name: string) => `jangbu_saga_active{jangbu_saga_type="trip",jangbu_saga_step="${name}"}`;
    const text = await scrape();
    expect(['book', 'confirm', 'undo'].map((name) => valueIn(text, step(name)))).toEqual([0, 0, 0]);
    // Nobody is ever seen at a step that is part of a transaction.
    expect(valueIn(text, step('finish'))).toBeUndefined();
    const saga = tripSaga(stage.database);
    await stage.database.transaction(async (tx) => {
      for (const id of ['one', 'two']) await startSaga(tx, saga, id, { id });
    });
    await stage.database.query(`update sagas set create_time = create_time - interval '1 hour' where id = 'one'`);
    expect(await value(step('book'))).toBe(2);
    expect(await value('jangbu_saga_age_seconds{jangbu_saga_type="trip"}')).toBeGreaterThanOrEqual(3_600);
    await stage.database.query('update sagas set done = true');
    expect(await value(step('book'))).toBe(0);
    expect(await value('jangbu_saga_age_seconds{jangbu_saga_type="trip"}')).toBe(0);
  });

  test('without the broker its gauges are left out, and the scrape goes on in time', async () => {
    await nats.stop();
    const began = performance.now();
    const text = await scrape();
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(valueIn(text, lag)).toBeUndefined();
    expect(valueIn(text, deadLetters)).toBeUndefined();
    expect(valueIn(text, 'jangbu_outbox_depth')).toBe(0);
    await nats.start();
    await until(async () => (await value(deadLetters)) === 2, 'the broker answers again');
  });
});
