import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LineState } from '#proto/ordering/v1/line';
import { OrderState } from '#proto/ordering/v1/order';
import { RideState } from '#proto/ordering/v1/ride';
import type { Write } from '../domain/write.ts';
import { putUnknown } from '../testing/putUnknown.ts';
import { Stores } from '../testing/stores.ts';
import { abandon, ban, entry, everything, invoice, line, order, ride } from '../testing/writes.ts';
import { type ChangeKey, GenerationMissing, type Store, storeKinds } from './store.ts';

// MESH-10: what holds for a store holds for every one of them.
describe.each(storeKinds)('MESH-10 the store %s', (kind) => {
  let stores: Stores;
  let store: Store;
  let last = 0;
  let generation = 0;

  beforeAll(async () => {
    stores = await Stores.open();
    store = stores.all()[kind];
  });
  afterAll(() => stores[Symbol.asyncDispose]());
  beforeEach(async () => {
    generation = ++last;
    await store.make(generation);
  });

  const apply = (writes: Write[], at = generation, by = store) =>
    stores.database.transaction((tx) => by.apply(tx, at, writes, true));
  const states = async () => (await store.page(generation, 'c1'))?.orders.map(({ state }) => state);

  test('shows what was applied, and nothing of others', async () => {
    await apply([order('o1', 1, OrderState.PENDING), entry('e1', '2026-11-01T00:00:00Z')]);
    expect(await store.page(generation, 'c1')).toMatchObject({ orders: [{ id: 'o1' }], orderCount: 1, lines: [] });
    expect(await store.timeline(generation, 'c1', undefined, 10)).toMatchObject([{ id: 'e1', text: 'entry e1' }]);
    expect(await store.page(generation, 'c2')).toBeUndefined();
    expect(await store.timeline(generation, 'c2', undefined, 10)).toBeUndefined();
  });

  test('a customer with an entry and nothing else has a page, one with a document and nothing else a timeline', async () => {
    await apply([entry('e1', '2026-11-01T00:00:00Z', 'c1'), order('o1', 1, OrderState.PENDING, 'c2')]);
    expect(await store.page(generation, 'c1')).toMatchObject({ orders: [], orderCount: 0 });
    expect(await store.timeline(generation, 'c2', undefined, 10)).toEqual([]);
  });

  test('a document is not overwritten by an older one, and repeating a write changes nothing', async () => {
    await apply([order('o1', 5, OrderState.COMPLETED)]);
    await apply([order('o1', 4, OrderState.PENDING)]);
    expect(await states()).toEqual([OrderState.COMPLETED]);
    await apply([order('o1', 5, OrderState.COMPLETED)]);
    await apply([order('o1', 6, OrderState.CANCELLED), order('o1', 3, OrderState.PENDING)]);
    expect(await states()).toEqual([OrderState.CANCELLED]);
    await apply([entry('e1', '2026-11-01T00:00:00Z'), entry('e1', '2026-11-01T00:00:00Z')]);
    await apply([entry('e1', '2026-11-01T00:00:00Z')]);
    expect(await store.timeline(generation, 'c1', undefined, 10)).toHaveLength(1);
  });

  test('in whatever order writes come, however often, the same is shown in the end', async () => {
    const writes = ['c1', 'c2'].flatMap((customer) =>
      [1, 2, 3, 4].flatMap((sequence) => [
        order(`${customer}-o`, sequence, sequence as OrderState, customer),
        line(`${customer}-l`, sequence, `order-${sequence}`, customer),
        entry(`${customer}-e${sequence}`, `2026-11-01T00:00:0${sequence}Z`, customer),
      ]),
    );
    await apply(writes);
    const expected = await everything(store, generation, ['c1', 'c2']);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...writes, ...writes], { minLength: writes.length * 2 }),
        async (shuffled) => {
          const another = ++last;
          await store.make(another);
          const cut = Math.floor(shuffled.length / 3);
          await Promise.all([apply(shuffled.slice(0, cut), another), apply(shuffled.slice(cut), another)]);
          expect(await everything(store, another, ['c1', 'c2'])).toEqual(expected);
          await store.drop(another);
        },
      ),
      { numRuns: 5 },
    );
  });

  test('a transaction that fails behind its writes is done again, and then it is as if it had not failed', async () => {
    const writes = [order('o1', 1, OrderState.PENDING), entry('e1', '2026-11-01T00:00:00Z'), line('l1', 1, 'o1')];
    const failing = stores.database.transaction(async (tx) => {
      await store.apply(tx, generation, writes, true);
      throw new Error('killed before the commit');
    });
    await expect(failing).rejects.toThrow('killed');
    await apply([...writes, abandon('l1', 2)]);
    expect(await store.page(generation, 'c1')).toMatchObject({
      orders: [{ state: OrderState.PENDING }],
      lines: [{ state: LineState.FAILED }],
    });
    expect(await store.timeline(generation, 'c1', undefined, 10)).toHaveLength(1);
  });

  test('of many who write the same at once, the newest stays', async () => {
    const sequences = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(
      sequences.map((sequence) =>
        apply([order('o1', sequence, sequence === 20 ? OrderState.COMPLETED : OrderState.PENDING)]),
      ),
    );
    expect(await states()).toEqual([OrderState.COMPLETED]);
  });

  test('an amendment knows no customer, and neither undoes what is newer nor makes what is not there', async () => {
    await apply([line('l1', 3, 'o1'), line('l2', 9, 'o2'), abandon('l1', 4), abandon('l2', 4), abandon('l3', 4)]);
    const lines = (await store.page(generation, 'c1'))?.lines;
    expect(lines).toMatchObject([
      { id: 'l1', state: LineState.FAILED, pendingOrderId: '' },
      { id: 'l2', state: LineState.PENDING, pendingOrderId: 'o2' },
    ]);
    await apply([line('l1', 3, 'o1')]);
    expect((await store.page(generation, 'c1'))?.lines[0]?.state).toBe(LineState.FAILED);
  });

  test('shows the newest and counts all', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `i${String(index).padStart(2, '0')}`);
    await apply(ids.map((id) => invoice(id)));
    const page = await store.page(generation, 'c1');
    expect(page?.invoices.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 24));
    expect(page?.invoiceCount).toBe(30);
  });

  test('SMOKE-5 a customer is banned while any ban stands, however many were lifted', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `b${String(index).padStart(3, '0')}`);
    const banned = async () => {
      const page = await store.page(generation, 'c1');
      return [page?.banned, page?.bans[0]?.id, page?.bans.length];
    };
    await apply(ids.map((id) => ban(id, 1, false)));
    expect(await banned()).toEqual([false, 'b000', 100]);
    await apply([ban('b149', 2, true), ban('x', 1, true, 'c2')]);
    expect(await banned()).toEqual([true, 'b149', 100]);
    await apply([ban('b149', 3, false)]);
    await apply([ban('b149', 2, true)]);
    expect(await banned()).toEqual([false, 'b000', 100]);
  });

  test('what a newer version has written beside disturbs nobody', async () => {
    await apply([ride('r1', 1, RideState.REQUESTED)]);
    const heard: ChangeKey[] = [];
    const stop = new AbortController();
    await store.watch(generation, stop.signal, { changed: (key) => heard.push(key), missed: () => {} });
    await putUnknown(stores, { number: generation, store: kind }, 'c1');
    await apply([ride('r1', 2, RideState.CANCELLED)]);
    await expect.poll(() => heard.length).toBe(2);
    stop.abort();
    expect(await store.page(generation, 'c1')).toMatchObject({ rides: [{ state: RideState.CANCELLED }], rideCount: 1 });
    const [unknown, known] = await Promise.all(heard.map((key) => store.find(generation, key)));
    expect(unknown).toBeUndefined();
    expect(known).toMatchObject({ document: { kind: 'ride', id: 'r1' } });
  });

  test('the timeline goes on where a page ended, also between entries of the same moment', async () => {
    const entries = Array.from({ length: 9 }, (_, index) => entry(`e${index}`, `2026-11-01T00:00:0${index % 2}Z`));
    await apply(entries);
    const all = (await store.timeline(generation, 'c1', undefined, 100)) ?? [];
    expect(all.map(({ id }) => id)).toEqual(['e7', 'e5', 'e3', 'e1', 'e8', 'e6', 'e4', 'e2', 'e0']);
    const pieces = [];
    for (let before = undefined as { time: Date; id: string } | undefined; ; ) {
      const piece = (await store.timeline(generation, 'c1', before, 2)) ?? [];
      pieces.push(...piece);
      before = piece.at(-1);
      if (!before) break;
    }
    expect(pieces).toEqual(all);
  });

  test('ids may hold anything', async () => {
    const odd = 'a.b*c>d e/f=41%$한글';
    await apply([order(odd, 1, OrderState.PENDING, odd), entry(odd, '2026-11-01T00:00:00Z', odd)]);
    expect(await store.page(generation, odd)).toMatchObject({ orders: [{ id: odd, customerId: odd }] });
    expect(await store.timeline(generation, odd, undefined, 10)).toMatchObject([{ id: odd, customerId: odd }]);
    expect(await store.page(generation, 'a')).toBeUndefined();
  });

  test('generations are apart; one that is not there says so and is not made by writing', async () => {
    const other = ++last;
    await store.make(other);
    await apply([order('o1', 1, OrderState.PENDING)]);
    expect(await store.page(other, 'c1')).toBeUndefined();
    expect(await store.generations()).toEqual(expect.arrayContaining([generation, other]));
    await store.drop(other);
    await store.drop(other);
    expect(await store.generations()).not.toContain(other);
    await expect(apply([order('o1', 1, OrderState.PENDING)], other)).rejects.toThrow(GenerationMissing);
    await expect(apply([entry('e1', '2026-11-01T00:00:00Z')], other)).rejects.toThrow(GenerationMissing);
    await expect(store.page(other, 'c1')).rejects.toThrow(GenerationMissing);
    await expect(store.timeline(other, 'c1', undefined, 1)).rejects.toThrow(GenerationMissing);
    expect(await store.generations()).not.toContain(other);
    await store.make(generation);
    expect(await store.page(generation, 'c1')).toBeUndefined();
  });

  test('tells those who watch, in whatever process, and keys find what changed', async () => {
    const heard: ChangeKey[] = [];
    let missed = 0;
    const stop = new AbortController();
    const elsewhere = stores.all()[kind];
    await elsewhere.watch(generation, stop.signal, {
      changed: (key) => heard.push(key),
      missed: () => missed++,
    });
    await apply([order('o1', 1, OrderState.PENDING), line('l1', 2, 'o1', 'c2'), entry('e1', '2026-11-01T00:00:00Z')]);
    await expect.poll(() => heard.length).toBe(3);
    const found = await Promise.all(heard.map((key) => elsewhere.find(generation, key)));
    const kinds = found.map((change) => (change?.type === 'document' ? change.document.kind : change?.type));
    expect(kinds.sort()).toEqual(['entry', 'line', 'order']);
    expect(heard.map(({ customerId }) => customerId).sort()).toEqual(['c1', 'c1', 'c2']);
    expect(missed).toBe(0);
    stop.abort();
    await apply([order('o2', 1, OrderState.PENDING)]);
    expect(heard).toHaveLength(3);
  });
});
