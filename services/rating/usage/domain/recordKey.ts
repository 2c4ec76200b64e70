import { finish, textHash } from './textHash.ts';

/**
 * The 40-bit fingerprint of a record's service number and id. Two records with the same one are suspected of being the same; whether they are is decided
 * by comparing number and id.
 */
export interface RecordKey {
  lo: number;
  hi: number;
}

/** Bytes of a fingerprint in a block. */
export const keyBytes = 5;

/** `mask` is -1; tests leave fewer bits, so that fingerprints collide. */
export function recordKey(
  view: DataView,
  from: number,
  to: number,
  number: number,
  mask: number,
  key: RecordKey,
): void {
  const hash = textHash(view, from, to, number);
  key.lo = hash & mask;
  key.hi = finish(Math.imul(hash ^ number, 0x9e3779b1) ^ secondHash(view, from, to)) & 0xff & mask;
}

/** Another look at the last twelve bytes, where ids differ most: the first hash alone has 32 bits. */
function secondHash(view: DataView, from: number, to: number): number {
  if (to - from < 12) return 0;
  const mixed = Math.imul(view.getInt32(to - 4, true), 0x85ebca6b) ^ Math.imul(view.getInt32(to - 8, true), 0xc2b2ae35);
  return mixed ^ Math.imul(view.getInt32(to - 12, true), 0x27d4eb2f);
}
