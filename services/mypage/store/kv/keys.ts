import type { AnyDocument, DocumentKind } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import type { EntryKey } from '../store.ts';

/**
 * Keys of a generation's bucket:
 *   d.<customer>.<kind>.<id>     a document
 *   t.<customer>.<time>.<id>     an entry of the timeline; the time in milliseconds, so that keys sort by it
 *   o.<kind>.<id>                whose document it is, for amendments, which do not know the customer
 */
export function documentKey({ customerId, kind, id }: Pick<AnyDocument, 'customerId' | 'kind' | 'id'>): string {
  return `${documentsOf(customerId)}.${kind}.${token(id)}`;
}

export function entryKey({ customerId, time, id }: Pick<Entry, 'customerId' | 'time' | 'id'>): string {
  return `${entriesOf(customerId)}.${placeOf({ time, id })}`;
}

export function ownerKey(kind: DocumentKind, id: string): string {
  return `o.${kind}.${token(id)}`;
}

export function documentsOf(customerId: string): string {
  return `d.${token(customerId)}`;
}

export function entriesOf(customerId: string): string {
  return `t.${token(customerId)}`;
}

/** The end of an entry's key: its place in the order of the timeline. */
export function placeOf({ time, id }: EntryKey): string {
  return `${String(time.getTime()).padStart(15, '0')}.${token(id)}`;
}

/** Whose change a key stands for; undefined for keys that are no change to a customer. */
export function customerOf(key: string): string | undefined {
  const [prefix, customer] = key.split('.');
  return (prefix === 'd' || prefix === 't') && customer !== undefined ? fromToken(customer) : undefined;
}

/** An id as one part of a key: letters, digits, `_` and `-` stay, every other byte is `=` and its hexadecimal number. */
export function token(id: string): string {
  if (id === '') throw new Error('an empty id cannot be part of a key');
  return id.replace(/[^\w-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

export function fromToken(text: string): string {
  return decodeURIComponent(text.replaceAll('=', '%'));
}
