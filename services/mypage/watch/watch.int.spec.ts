import { create, type DescMessage, toJson } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WatchMypageRequestSchema, WatchMypageResponseSchema } from '#proto/mypage/v1/mypage_service';
import { OrderState } from '#proto/ordering/v1/order';
import type { CallContext } from '#shared/rpc/context';
import { createLogger } from '#shared/telemetry/log';
import { type Content, documentKinds, documentSchemas } from '../domain/document.ts';
import { put, type Write } from '../domain/write.ts';
import { watchMypage } from '../rpc/watchMypage.ts';
import type { Generations } from '../store/generations.ts';
import { storeKinds } from '../store/store.ts';
import { View } from '../store/view.ts';
import { Stores } from '../testing/stores.ts';
import { entry, order } from '../testing/writes.ts';
import { Feed } from './feed.ts';

const log = createLogger('watch', 'silent');

describe.each(storeKinds)('MESH-4 my page watched in the store %s', (kind) => {
  let stores: Stores;
  let generations: Generations;
  let draining: AbortController;
  let gone: AbortController;
  beforeEach(async () => {
    stores = await Stores.open();
    generations = stores.generations(kind);
    draining = new AbortController();
    gone = new AbortController();
  });
  afterEach(async () => {
    gone.abort();
    await stores[Symbol.asyncDispose]();
  });

  /** A process of its own that consumes. */
  const apply = (...writes: Write[]) => {
    const view = stores.view(kind);
    return stores.database.transaction((tx) => view.apply(tx, writes));
  };
  const watch = (customer = 'c1') => {
    const feed = new Feed(stores.database, generations, log);
    const method = watchMypage(new View(generations), feed, draining.signal);
    const context = { signal: gone.signal } as CallContext;
    const stream = method(create(WatchMypageRequestSchema, { customer }), context);
    return async () => {
      const { value, done } = await stream.next();
      return done ? undefined : value?.change;
    };
  };

  test('the whole page first, then every change as it happens, from whatever process', async () => {
    await apply(order('o1', 1, OrderState.PENDING), order('x1', 1, OrderState.PENDING, 'c2'));
    const next = watch();
    expect(await next()).toMatchObject({ case: 'page', value: { orders: [{ id: 'o1' }], orderCount: 1 } });
    await apply(order('x1', 2, OrderState.COMPLETED, 'c2'), order('o1', 2, OrderState.COMPLETED));
    expect(await next()).toMatchObject({ case: 'order', value: { id: 'o1', state: OrderState.COMPLETED } });
    await apply(entry('e1', '2026-11-01T00:00:00Z'));
    expect(await next()).toMatchObject({ case: 'entry', value: { id: 'e1', text: 'entry e1' } });
  });

  test('TAXI-7 SMOKE-6 whatever a page consists of is told as what it is', async () => {
    await apply(entry('e1', '2026-11-01T00:00:00Z'));
    const next = watch();
    await next();
    for (const each of documentKinds) {
      const schema: DescMessage = documentSchemas[each];
      const content = create(schema, { id: `new-${each}` }) as Content<typeof each> & { id: string };
      await apply(put(each, 1n, content, 'c1'));
      const change = await next();
      const told = toJson(WatchMypageResponseSchema, create(WatchMypageResponseSchema, change ? { change } : {}));
      expect(told).toEqual({ [each]: { id: `new-${each}` } });
    }
  });

  test('a customer nothing is known of', async () => {
    await expect(watch('nobody')()).rejects.toMatchObject({ reason: 'MYPAGE_NOT_FOUND' });
    await apply(order('o1', 1, OrderState.PENDING));
    await expect(watch('nobody')()).rejects.toMatchObject({ reason: 'MYPAGE_NOT_FOUND' });
  });

  test('a reader that is slow gets each thing once as it is now, one that is very slow the whole page', async () => {
    await apply(order('o1', 1, OrderState.PENDING));
    const next = watch();
    await next();
    for (const sequence of [2, 3, 4]) await apply(order('o1', sequence, OrderState.PENDING));
    await apply(order('o1', 5, OrderState.COMPLETED), entry('e1', '2026-11-01T00:00:00Z'));
    const states: (OrderState | undefined)[] = [];
    let change = await next();
    for (; change?.case === 'order'; change = await next()) states.push(change.value.state);
    expect(change).toMatchObject({ case: 'entry' });
    // What came while the reader was not reading is told once; none comes after a newer one.
    expect(states.length).toBeLessThan(5);
    expect(states.at(-1)).toBe(OrderState.COMPLETED);

    // So many that they cannot all be waiting by the time the reader comes.
    await apply(
      ...Array.from({ length: 2_000 }, (_, n) => entry(`many-${n}`, '2026-11-01T00:00:00Z')),
      order('o2', 1, 1),
    );
    const cases = [];
    do {
      change = await next();
      cases.push(change?.case);
    } while (change?.case !== 'page');
    expect(change.value.orders).toMatchObject([{ id: 'o2' }, { id: 'o1' }]);
    expect(cases.length).toBeLessThan(2_000);
  });

  test('goes on in another generation, with its whole page', async () => {
    await apply(order('o1', 1, OrderState.PENDING));
    const next = watch();
    await next();
    await stores.database.transaction(async (tx) => {
      await generations.holdAlone(tx);
      const number = await generations.nextNumber(tx);
      await generations.storeOf(kind).make(number);
      await stores.database.transaction((other) =>
        generations.storeOf(kind).apply(other, number, [order('o1', 7, OrderState.COMPLETED)], false),
      );
      await generations.show(tx, { number, store: kind });
    });
    expect(await next()).toMatchObject({ case: 'page', value: { orders: [{ state: OrderState.COMPLETED }] } });
    await apply(order('o1', 8, OrderState.CANCELLED));
    expect(await next()).toMatchObject({ case: 'order', value: { state: OrderState.CANCELLED } });
  });

  test('a lost connection is followed by the whole page', async () => {
    await apply(order('o1', 1, OrderState.PENDING));
    const next = watch();
    await next();
    if (kind === 'postgres') {
      await stores.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query like 'listen%' and pid <> pg_backend_pid()`,
      );
    } else {
      await stores.nats.reconnect();
    }
    expect(await next()).toMatchObject({ case: 'page' });
    await apply(order('o1', 2, OrderState.COMPLETED));
    expect(await next()).toMatchObject({ case: 'order', value: { state: OrderState.COMPLETED } });
  });

  test('ends when the service drains or the reader goes', async () => {
    await apply(order('o1', 1, OrderState.PENDING));
    const [first, second] = [watch(), watch()];
    await Promise.all([first(), second()]);
    const waiting = [first(), second()];
    draining.abort();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    draining = new AbortController();
    const third = watch();
    await third();
    const waitingAlone = third();
    gone.abort();
    expect(await waitingAlone).toBeUndefined();
  });
});
