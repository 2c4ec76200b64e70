import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '#shared/errors/fault';
import { eventType } from '#shared/events/eventType';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { type Source, sources } from '../consumers/sources.ts';
import { Generations } from '../store/generations.ts';
import { storeKinds } from '../store/store.ts';
import { EventSource, emitBilling, emitOrdering } from '../testing/eventSource.ts';
import { ReadSide } from '../testing/readSide.ts';

let server: TestServer;
let nats: NatsConnection;
let ordering: EventSource;
let billing: EventSource;
let last = 0;

beforeAll(async () => {
  server = await startNats();
  nats = await connect({ servers: server.url, maxReconnectAttempts: -1 });
  ordering = await EventSource.open('ordering', nats);
  billing = await EventSource.open('billing', nats);
});
afterAll(async () => {
  await ordering[Symbol.asyncDispose]();
  await billing[Symbol.asyncDispose]();
  await nats.close();
  await server[Symbol.asyncDispose]();
});

/** So many events of each source, several transactions at a time, some of which commit late. */
async function emit(count: number): Promise<void> {
  const numbers = Array.from({ length: count }, () => ++last);
  await Promise.all(
    [0, 1, 2, 3].map(async (writer) => {
      for (const number of numbers.filter((each) => each % 4 === writer)) {
        const pauseMs = number % 13 === 0 ? 20 : 0;
        await Promise.all([emitOrdering(ordering, number, pauseMs), emitBilling(billing, number, pauseMs)]);
      }
    }),
  );
}

const open = (kind: (typeof storeKinds)[number]) => ReadSide.open(server.url, kind, [ordering, billing]);
const caughtUp = async (side: ReadSide) => {
  const emitted = (await ordering.count()) + (await billing.count());
  await expect.poll(() => side.handled(), { timeout: 30_000 }).toBe(emitted);
};
const ended = async (side: ReadSide, id: string) => {
  await expect.poll(async () => (await side.found(id)).state, { timeout: 30_000 }).not.toBe('RUNNING');
  return side.found(id);
};

beforeEach(() => {
  billing.fault = undefined;
});

describe.each(storeKinds)('MESH-4 my page rebuilt in the store %s', (kind) => {
  test('is what it was', async () => {
    await using side = await open(kind);
    side.consume();
    await emit(120);
    await caughtUp(side);
    const before = await side.dump();
    expect(before.length).toBeGreaterThan(150);
    const shown = await side.generations.shown();
    side.work();
    const rebuild = await ended(side, await side.rebuild());
    expect(rebuild).toMatchObject({ state: 'COMPLETED', reason: '' });
    expect(rebuild.sources).toMatchObject([
      { source: 'billing', events: await billing.count(), skipped: 0n, waitingReason: '' },
      { source: 'ordering', events: await ordering.count(), skipped: 0n, waitingReason: '' },
    ]);
    expect((await side.generations.shown())?.number).not.toBe(shown?.number);
    expect(await side.dump()).toEqual(before);
    // The old one goes.
    await expect.poll(() => side.generations.storeOf(kind).generations()).toHaveLength(1);
  });

  test('while events keep coming: equal to one that was never rebuilt, and never empty meanwhile', async () => {
    await using side = await open(kind);
    await using reference = await open(kind);
    side.consume();
    reference.consume();
    await emit(100);
    await caughtUp(side);
    side.work();
    const page = await side.view.page('customer-1');
    const emitting = emit(300);
    let isEmitting = true;
    void emitting.then(() => {
      isEmitting = false;
    });
    const watching = (async () => {
      while (isEmitting) {
        const now = await side.view.page('customer-1');
        expect(now?.orderCount).toBeGreaterThanOrEqual(page?.orderCount ?? 1);
        expect(now?.invoiceCount).toBeGreaterThanOrEqual(page?.invoiceCount ?? 1);
      }
    })();
    let rebuilds = 0;
    while (isEmitting || rebuilds === 0) {
      expect(await ended(side, await side.rebuild())).toMatchObject({ state: 'COMPLETED' });
      rebuilds += 1;
    }
    await Promise.all([emitting, watching]);
    await caughtUp(side);
    await caughtUp(reference);
    expect(await side.dump()).toEqual(await reference.dump());
  });

  test('goes on after a crash at any moment, and what was left behind is removed', async () => {
    await using side = await open(kind);
    side.consume();
    await emit(60);
    await caughtUp(side);
    const before = await side.dump();
    await side.generations.storeOf(kind).make(900);
    const id = await side.rebuild();
    for (let attempt = 0; attempt < 8; attempt++) {
      const crash = new AbortController();
      setTimeout(() => crash.abort(), 5 + 15 * attempt);
      await side.work(crash.signal);
      expect(await side.view.page('customer-1')).toBeDefined();
    }
    side.work();
    expect(await ended(side, id)).toMatchObject({ state: 'COMPLETED' });
    expect((await side.found(id)).sources.map(({ events }) => events)).toEqual([
      await billing.count(),
      await ordering.count(),
    ]);
    expect(await side.dump()).toEqual(before);
    await expect.poll(() => side.generations.storeOf(kind).generations()).toHaveLength(1);
  });

  test('waits for a source that is down and says so; one that cannot do it ends it, and the old pages stay', async () => {
    await using side = await open(kind);
    side.consume();
    await emit(10);
    await caughtUp(side);
    const before = await side.dump();
    billing.fault = new Fault('DEPENDENCY_UNAVAILABLE');
    side.work();
    const id = await side.rebuild();
    await expect
      .poll(async () => (await side.found(id)).sources.map(({ waitingReason }) => waitingReason), { timeout: 10_000 })
      .toEqual(['DEPENDENCY_UNAVAILABLE', '']);
    expect(await side.found(id)).toMatchObject({ state: 'RUNNING' });
    expect(await side.dump()).toEqual(before);
    billing.fault = undefined;
    expect(await ended(side, id)).toMatchObject({ state: 'COMPLETED' });
    billing.fault = new Fault('METHOD_UNKNOWN');
    expect(await ended(side, await side.rebuild())).toMatchObject({ state: 'FAILED', reason: 'METHOD_UNKNOWN' });
    billing.fault = undefined;
    expect(await side.dump()).toEqual(before);
  });

  test('a store that has lost the pages says so, keeps events waiting, and is restored', async () => {
    await using side = await open(kind);
    side.consume();
    await emit(30);
    await caughtUp(side);
    const before = await side.dump();
    const shown = (await side.generations.shown())?.number ?? 0;
    await side.generations.storeOf(kind).drop(shown);
    await expect(side.view.page('customer-1')).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    await emit(5);
    side.work();
    expect(await ended(side, await side.rebuild())).toMatchObject({ state: 'COMPLETED' });
    await caughtUp(side);
    expect((await side.dump()).length).toBeGreaterThan(before.length);
    expect(await side.view.page('customer-1')).toBeDefined();
  });
});

/** What an earlier version follows, which knows nothing of these aggregates. */
const added = ['ride', 'visit', 'penalty', 'ban', 'payment'];
const before: Source[] = sources('Asia/Seoul').map(({ name, follows }) => ({
  name,
  follows: follows.flatMap(({ aggregates, projections }) => {
    const known = projections.filter(({ schema }) => !added.includes(eventType(schema).aggregate));
    return known.length > 0 ? [{ ...(aggregates ? { aggregates } : {}), projections: known }] : [];
  }),
}));

test.each(storeKinds)(
  'MESH-4 pages that an earlier version made work on, and a rebuild adds the rest, in the store %s',
  async (kind) => {
    await using side = await open(kind);
    await using reference = await open(kind);
    side.consume(before);
    reference.consume();
    await emit(60);
    await caughtUp(reference);
    const known = (await ordering.count(added)) + (await billing.count(added));
    await expect.poll(() => side.handled(), { timeout: 30_000 }).toBe(known);
    const old = await side.view.page('customer-1');
    expect(old).toMatchObject({ rides: [], visits: [], penalties: [], bans: [], banned: false, rideCount: 0 });
    expect(old?.orderCount).toBeGreaterThan(0);

    side.work();
    expect(await ended(side, await side.rebuild())).toMatchObject({ state: 'COMPLETED' });
    expect(await side.dump()).toEqual(await reference.dump());
    const page = await side.view.page('customer-1');
    for (const list of [page?.rides, page?.visits, page?.penalties, page?.bans]) expect(list).not.toEqual([]);
  },
);

test('MESH-4 pages of before there were generations are rebuilt by themselves', async () => {
  await using side = await open('postgres');
  await emit(10);
  await side.stores.database.query(
    `insert into inbox (consumer, event_id, outcome) values ('mypage_ordering', 'x', 'handled')`,
  );
  side.work();
  await expect.poll(async () => (await side.generations.shown())?.number, { timeout: 10_000 }).toBe(2);
  expect(await side.view.page('customer-1')).toBeDefined();
});

test('MESH-10 another store by setting: the pages move there, and are shown from the old one until they have', async () => {
  await using side = await open('postgres');
  side.consume();
  await emit(20);
  await caughtUp(side);
  const page = await side.view.page('customer-1');
  const moved = new Generations(side.stores.database, side.stores.all(), 'nats-kv', ['ordering', 'billing']);
  expect(await side.view.page('customer-1')).toEqual(page);
  side.work(undefined, moved);
  await expect.poll(async () => (await moved.shown())?.store, { timeout: 20_000 }).toBe('nats-kv');
  expect(await side.view.page('customer-1')).toEqual(page);
  await emit(5);
  await caughtUp(side);
  await expect.poll(() => side.stores.all().postgres.generations()).toEqual([]);
});
