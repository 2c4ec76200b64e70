import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';
import { Database, type Transaction } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { loggedEvents } from './eventLog.ts';
import { eventLogService } from './eventLogService.ts';
import { emit, emitMany } from './outbox.ts';
import { settledHead } from './settledHead.ts';

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase('event_log');
  database = new Database(fresh.url);
  await migrate(database, [{ name: 'outbox', folder: new URL('./migrations', import.meta.url) }]);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await fresh[Symbol.asyncDispose]();
});

const never = new AbortController().signal;
const changed = (id: string) => ({ customer: { id, displayName: id } });
const emitOne = (tx: Transaction, id: string) => emit(tx, CustomerChangedSchema, changed(id));

interface Piece {
  events: { subject: string; position: bigint; id: string }[];
  position: bigint;
  head: bigint;
}

async function read(afterPosition: bigint, types: string[] = [], draining = never): Promise<Piece[]> {
  const { streamEvents } = eventLogService(database, draining).handlers as {
    streamEvents: (request: object, context: object) => AsyncIterable<Piece>;
  };
  const pieces: Piece[] = [];
  for await (const piece of streamEvents({ afterPosition, types }, { signal: never })) pieces.push(piece);
  return pieces;
}

/** A transaction that stays open until it is told to commit. */
async function openTransaction(id: string): Promise<{ commit: () => Promise<void>; position: bigint }> {
  const emitted = Promise.withResolvers<bigint>();
  const told = Promise.withResolvers<void>();
  const done = database.transaction(async (tx) => {
    await emitOne(tx, id);
    const { rows } = await tx.query<{ position: bigint }>('select max(position) as position from outbox');
    emitted.resolve(rows[0]?.position ?? 0n);
    await told.promise;
  });
  return {
    position: await emitted.promise,
    commit: async () => {
      told.resolve();
      await done;
    },
  };
}

describe('MESH-4 the log of events', () => {
  test('comes whole, in order, in pieces, and ends at its head', async () => {
    const start = await settledHead(database, never);
    const ids = Array.from({ length: 1_201 }, (_, index) => `customer-${index}`);
    await database.transaction((tx) => emitMany(tx, CustomerChangedSchema, ids.map(changed)));
    const pieces = await read(start);
    expect(pieces.flatMap(({ events }) => events.map(({ subject }) => subject))).toEqual(ids);
    expect(pieces.map(({ events }) => events.length)).toEqual([500, 500, 201]);
    expect(pieces.at(-1)).toMatchObject({ position: pieces[0]?.head, head: pieces[0]?.head });
    const [first] = pieces;
    expect(await read(first?.position ?? 0n)).toHaveLength(2);
    expect(await read(first?.head ?? 0n)).toEqual([{ events: [], position: first?.head, head: first?.head }]);
  });

  test('only the types asked for; the place moves on all the same', async () => {
    await database.transaction((tx) => emitOne(tx, 'anybody'));
    const head = await settledHead(database, never);
    expect(await read(0n, ['jangbu.ordering.v1.LineActivated'])).toEqual([{ events: [], position: head, head }]);
  });

  test('large events come in pieces that fit into messages', async () => {
    const start = await settledHead(database, never);
    const large = { customer: { id: 'large', displayName: 'x'.repeat(600_000) } };
    await database.transaction((tx) => emitMany(tx, CustomerChangedSchema, [large, large, large]));
    expect((await read(start)).map(({ events }) => events.length)).toEqual([2, 1]);
  });

  test('a smaller number that commits after a greater one is waited for, not passed over', async () => {
    const start = await settledHead(database, never);
    const slow = await openTransaction('slow');
    await database.transaction((tx) => emitOne(tx, 'fast'));
    let pieces: Piece[] | undefined;
    const reading = read(start).then((all) => {
      pieces = all;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pieces).toBeUndefined();
    await slow.commit();
    await reading;
    expect(pieces?.flatMap(({ events }) => events.map(({ subject }) => subject))).toEqual(['slow', 'fast']);
  });

  test('a number whose transaction was rolled back is no gap that is waited for', async () => {
    const start = await settledHead(database, never);
    await expect(
      database.transaction(async (tx) => {
        await emitOne(tx, 'rolled back');
        throw new Error('changed its mind');
      }),
    ).rejects.toThrow('changed its mind');
    await database.transaction((tx) => emitOne(tx, 'committed'));
    expect((await read(start)).flatMap(({ events }) => events.map(({ subject }) => subject))).toEqual(['committed']);
  });

  test('transactions that begin to emit later are not waited for', async () => {
    const head = await settledHead(database, never);
    const later = await openTransaction('later');
    const rows = await loggedEvents(database, { after: head, upTo: later.position, types: [] });
    expect(rows).toEqual([]);
    await later.commit();
  });

  test('the end of the service ends the stream as such', async () => {
    await expect(read(0n, [], AbortSignal.abort())).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  });
});
