import type { JsonValue } from '@bufbuild/protobuf';
import type { Transaction } from '#shared/database/database';
import type { AnyDocument, Content } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import { type Amendment, batches, type Write } from '../../domain/write.ts';
import type { ChangeKey } from '../store.ts';
import { fromDocument, toDocument } from './json.ts';
import { entryRef } from './ref.ts';
import { tablesOf } from './tables.ts';

type Tables = ReturnType<typeof tablesOf>;

export async function applyWrites(
  tx: Transaction,
  generation: number,
  writes: readonly Write[],
  announce: boolean,
): Promise<void> {
  const tables = tablesOf(generation);
  const changed: ChangeKey[] = [];
  for (const { documents, entries, amendment } of batches(writes)) {
    if (documents.length > 0) changed.push(...(await putDocuments(tx, tables, documents)));
    if (entries.length > 0) changed.push(...(await addEntries(tx, tables, entries)));
    if (amendment) changed.push(...(await amend(tx, tables, amendment)));
  }
  if (announce && changed.length > 0) await notify(tx, tables, changed);
}

async function putDocuments(tx: Transaction, { documents }: Tables, docs: AnyDocument[]): Promise<ChangeKey[]> {
  // In the order of keys, so that two transactions never wait for each other's rows crosswise.
  const sorted = docs.toSorted((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
  const { rows } = await tx.query<ChangeKey>(
    `insert into ${documents} (kind, id, customer_id, sequence, document)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])
     on conflict (kind, id) do update set sequence = excluded.sequence, document = excluded.document
       where ${documents}.sequence <= excluded.sequence
     returning customer_id as "customerId", kind || '/' || id as ref`,
    [
      sorted.map(({ kind }) => kind),
      sorted.map(({ id }) => id),
      sorted.map(({ customerId }) => customerId),
      sorted.map(({ sequence }) => sequence),
      sorted.map(toDocument),
    ],
  );
  return rows;
}

async function addEntries(tx: Transaction, { timeline }: Tables, entries: Entry[]): Promise<ChangeKey[]> {
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { rows } = await tx.query<{ customer_id: string; id: string }>(
    `insert into ${timeline} (id, customer_id, time, event, text, subject_id)
     select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
     on conflict (id) do nothing
     returning customer_id, id`,
    [
      sorted.map(({ id }) => id),
      sorted.map(({ customerId }) => customerId),
      sorted.map(({ time }) => time),
      sorted.map(({ event }) => event),
      sorted.map(({ text }) => text),
      sorted.map(({ subjectId }) => subjectId),
    ],
  );
  return rows.map(({ customer_id, id }) => ({ customerId: customer_id, ref: entryRef(id) }));
}

async function amend(tx: Transaction, tables: Tables, { kind, id, sequence, amend }: Amendment): Promise<ChangeKey[]> {
  const { rows } = await tx.query<{ customer_id: string; sequence: bigint; document: JsonValue }>(
    `select customer_id, sequence, document from ${tables.documents} where kind = $1 and id = $2 for update`,
    [kind, id],
  );
  const [row] = rows;
  if (!row || row.sequence > sequence) return [];
  const content = amend(fromDocument(kind, row.document) as Content<typeof kind>);
  if (!content) return [];
  return putDocuments(tx, tables, [{ kind, id, customerId: row.customer_id, sequence, content }]);
}

/** A payload holds 8000 bytes at most; one that is too long says only that something was missed. */
async function notify(tx: Transaction, { channel }: Tables, changed: ChangeKey[]): Promise<void> {
  const payloads = changed.map(({ customerId, ref }) => JSON.stringify([customerId, ref]));
  await tx.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
    channel,
    payloads.map((payload) => (Buffer.byteLength(payload) < 7_000 ? payload : '')),
  ]);
}
