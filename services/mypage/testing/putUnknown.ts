import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Generation } from '../store/generations.ts';
import type { Stores } from './stores.ts';

/** Puts a document of a kind that this version does not know, as a newer one does, and tells those who watch. */
export async function putUnknown({ database, nats, bucket }: Stores, generation: Generation, customerId: string) {
  const { number, store } = generation;
  if (store === 'nats-kv') {
    const kv = await new Kvm(jetstream(nats)).open(`${bucket}-${number}`, { allow_direct: false });
    await kv.put(`d.${customerId}.parcel.p1`, new Uint8Array(8));
    return;
  }
  await database.query(
    `insert into documents_${number} (kind, id, customer_id, sequence, document) values ('parcel', 'p1', $1, 1, '{}')`,
    [customerId],
  );
  await database.query('select pg_notify($1, $2)', [`mypage_${number}`, JSON.stringify([customerId, 'parcel/p1'])]);
}
