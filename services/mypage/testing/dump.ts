import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Generation } from '../store/generations.ts';
import type { Stores } from './stores.ts';

/** Everything a generation holds, as the store keeps it, in one order. */
export async function dump(stores: Stores, { number, store }: Generation): Promise<string[]> {
  return (store === 'postgres' ? await dumpTables(stores, number) : await dumpBucket(stores, number)).sort();
}

async function dumpTables({ database }: Stores, generation: number): Promise<string[]> {
  const documents = await database.query<{ row: string }>(
    `select to_jsonb(d)::text as row from documents_${generation} d`,
  );
  const entries = await database.query<{ row: string }>(
    `select to_jsonb(t)::text as row from timeline_${generation} t`,
  );
  return [...documents.rows, ...entries.rows].map(({ row }) => row);
}

async function dumpBucket({ nats, bucket }: Stores, generation: number): Promise<string[]> {
  const kv = await new Kvm(jetstream(nats)).open(`${bucket}-${generation}`, { allow_direct: false });
  const keys: string[] = [];
  for await (const key of await kv.keys()) keys.push(key);
  return Promise.all(
    keys.map(async (key) => `${key} ${Buffer.from((await kv.get(key))?.value ?? []).toString('base64')}`),
  );
}
