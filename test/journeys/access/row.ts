import type { JsonObject } from '@bufbuild/protobuf';
import type { Reason } from '#shared/errors/fault';
import type { Belongings, Shared } from './estate.ts';

/**
 * How a method is asked about something that belongs to somebody. `own` is the answer to whoever it belongs to, and to operators and
 * services if they may call at all. Where that is ETAG_MISMATCH, it is asked with an If-Match that never fits: so it is certain
 * that the thing was found, and it stays as it is.
 */
export interface OwnedRow {
  readonly of: (whose: Belongings, shared: Shared) => JsonObject;
  /** The roles to which it belongs. To all other customers and drivers it is as if it did not exist. */
  readonly owners: readonly ('customer' | 'driver')[];
  readonly own: 'OK' | Reason;
  /** Fields of ids that `own` does not get far enough to read, and which test asks about them. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** How a method is asked that is about nobody's own things, and why that is so. */
export interface CommonRow {
  readonly with: (shared: Shared) => JsonObject;
  readonly nobodys: string;
  readonly answer: 'OK' | Reason;
  /** What it may be as well, depending on what else goes on in the mesh. */
  readonly or?: Reason;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Row = OwnedRow | CommonRow;

/** By the method's name; several where things of it can belong to several kinds of owners. */
export type Rows = Readonly<Record<string, Row | readonly Row[]>>;

export function isOwned(row: Row): row is OwnedRow {
  return 'of' in row;
}

/** What is sent along so that a command finds its thing and leaves it. */
export function headersOf(row: Row): Readonly<Record<string, string>> {
  if (!isOwned(row)) return row.headers ?? {};
  return row.own === 'ETAG_MISMATCH' ? { 'if-match': '"none"' } : {};
}
