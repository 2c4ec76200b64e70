import { type DocumentKind, documentKinds, isDocumentKind, shown } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import { type Page, pageOf } from '../../domain/page.ts';
import type { Change, EntryKey } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { documentsOf, entriesOf, placeOf } from './keys.ts';
import { readDocument, readEntry } from './values.ts';

export async function readPage(bucket: Bucket, customerId: string): Promise<Page | undefined> {
  const byKind = new Map<DocumentKind, string[]>();
  for (const key of await keysBelow(bucket, documentsOf(customerId))) {
    const kind = key.split('.')[2] ?? '';
    if (isDocumentKind(kind)) byKind.set(kind, [...(byKind.get(kind) ?? []), key]);
  }
  if (byKind.size === 0 && (await keysBelow(bucket, entriesOf(customerId))).length === 0) return undefined;
  const keys = documentKinds.flatMap((kind) => {
    const { most, newestFirst } = shown[kind];
    const sorted = (byKind.get(kind) ?? []).sort();
    return (newestFirst ? sorted.reverse() : sorted).slice(0, most);
  });
  const values = await valuesOf(bucket, keys);
  const documents = values.map(({ key, value }) => readDocument(key, value));
  return pageOf(documents, new Map([...byKind].map(([kind, all]) => [kind, all.length])));
}

export async function readTimeline(
  bucket: Bucket,
  customerId: string,
  before: EntryKey | undefined,
  limit: number,
): Promise<Entry[] | undefined> {
  const start = entriesOf(customerId);
  const keys = await keysBelow(bucket, start);
  if (keys.length === 0 && (await keysBelow(bucket, documentsOf(customerId))).length === 0) return undefined;
  const end = before && `${start}.${placeOf(before)}`;
  const page = keys
    .filter((key) => end === undefined || key < end)
    .sort()
    .reverse()
    .slice(0, limit);
  return (await valuesOf(bucket, page)).map(({ value }) => readEntry(value));
}

export async function findChange({ kv }: Bucket, key: string): Promise<Change | undefined> {
  const [prefix, , kind = ''] = key.split('.');
  // A newer version of this service, which may run beside this one, writes kinds of documents that this one does not know.
  if (prefix === 'd' && !isDocumentKind(kind)) return undefined;
  const found = await kv.get(key);
  if (!found) return undefined;
  return prefix === 't'
    ? { type: 'entry', entry: readEntry(found.value) }
    : { type: 'document', document: readDocument(key, found.value) };
}

/** The keys under a prefix, by one question to the server: it keeps them in memory. */
async function keysBelow({ manager, stream, prefix }: Bucket, start: string): Promise<string[]> {
  const { state } = await manager.streams.info(stream, { subjects_filter: `${prefix}${start}.>` });
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
}

async function valuesOf({ kv }: Bucket, keys: string[]): Promise<{ key: string; value: Uint8Array }[]> {
  const found = await Promise.all(
    keys.map(async (key) => {
      const entry = await kv.get(key);
      return entry ? [{ key, value: entry.value }] : [];
    }),
  );
  return found.flat();
}
