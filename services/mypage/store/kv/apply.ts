import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { KvEntry } from '@nats-io/kv';
import type { AnyDocument, Content } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import { type Amendment, batches, type Write } from '../../domain/write.ts';
import type { Bucket } from './bucket.ts';
import { documentKey, entryKey, fromToken, ownerKey, token } from './keys.ts';
import { documentValue, entryValue, readDocument, sequenceOf } from './values.ts';

/** So many keys are written at once. */
const width = 64;

export async function applyWrites(bucket: Bucket, writes: readonly Write[]): Promise<void> {
  for (const { documents, entries, amendment } of batches(writes)) {
    const pieces = [
      ...documents.map((document) => () => putDocument(bucket, document)),
      ...entries.map((entry) => () => addEntry(bucket, entry)),
    ];
    for (let at = 0; at < pieces.length; at += width) {
      await Promise.all(pieces.slice(at, at + width).map((piece) => piece()));
    }
    if (amendment) await amend(bucket, amendment);
  }
}

async function putDocument(bucket: Bucket, document: AnyDocument): Promise<void> {
  // The owner first: a document that is there can always be amended.
  if (document.kind === 'line') await putOwner(bucket, document);
  const value = documentValue(document);
  await replace(bucket, documentKey(document), (present) =>
    present && sequenceOf(present.value) > document.sequence ? undefined : value,
  );
}

async function putOwner(bucket: Bucket, { kind, id, customerId }: AnyDocument): Promise<void> {
  await replace(bucket, ownerKey(kind, id), (present) => (present ? undefined : token(customerId)));
}

async function addEntry(bucket: Bucket, entry: Entry): Promise<void> {
  // Nearly always a new one, so it is not looked for first.
  try {
    await bucket.kv.put(entryKey(entry), entryValue(entry), { previousSeq: 0 });
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
}

async function amend(bucket: Bucket, { kind, id, sequence, amend }: Amendment): Promise<void> {
  const owner = await bucket.kv.get(ownerKey(kind, id));
  if (!owner) return;
  const key = documentKey({ customerId: fromToken(owner.string()), kind, id });
  await replace(bucket, key, (present) => {
    if (!present) return undefined;
    const document = readDocument(key, present.value);
    if (document.sequence > sequence) return undefined;
    const content = amend(document.content as Content<typeof kind>);
    return content && documentValue({ ...document, kind, sequence, content });
  });
}

/**
 * Replaces a value by what is decided on the present one; undefined leaves it. The server takes the new value only if the key still has
 * the revision that was decided on; else the decision is made again.
 */
async function replace(
  { kv }: Bucket,
  key: string,
  decide: (present: KvEntry | null) => Uint8Array | string | undefined,
): Promise<void> {
  for (;;) {
    const present = await kv.get(key);
    const value = decide(present);
    if (value === undefined) return;
    try {
      await kv.put(key, value, { previousSeq: present?.revision ?? 0 });
      return;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }
}

function isOvertaken(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
