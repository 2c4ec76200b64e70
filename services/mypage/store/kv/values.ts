import { type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { type AnyDocument, documentSchemas, isDocumentKind } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import { fromToken } from './keys.ts';

/** The document's sequence as eight bytes, then its content in protobuf: what fits into an event fits into a value, too. */
export function documentValue({ kind, sequence, content }: AnyDocument): Uint8Array {
  const schema: DescMessage = documentSchemas[kind];
  const bytes = toBinary(schema, content as Message);
  const value = new Uint8Array(8 + bytes.length);
  new DataView(value.buffer).setBigInt64(0, sequence);
  value.set(bytes, 8);
  return value;
}

export function sequenceOf(value: Uint8Array): bigint {
  return new DataView(value.buffer, value.byteOffset).getBigInt64(0);
}

export function readDocument(key: string, value: Uint8Array): AnyDocument {
  const [, customer = '', kind = '', id = ''] = key.split('.');
  if (!isDocumentKind(kind)) throw new Error(`no key of a document: ${key}`);
  const schema: DescMessage = documentSchemas[kind];
  return {
    kind,
    id: fromToken(id),
    customerId: fromToken(customer),
    sequence: sequenceOf(value),
    content: fromBinary(schema, value.subarray(8)),
  } as AnyDocument;
}

export function entryValue(entry: Entry): string {
  return JSON.stringify(entry);
}

export function readEntry(value: Uint8Array): Entry {
  const { time, ...rest } = JSON.parse(Buffer.from(value).toString()) as Omit<Entry, 'time'> & { time: string };
  return { ...rest, time: new Date(time) };
}
