const c1 = 0xcc9e2d51;
const c2 = 0x1b873593;

/**
 * A 32-bit hash of some bytes (MurmurHash3): four bytes a step, because every record's id passes through here.
 * It is kept in the database, so it must never change.
 */
export function textHash(view: DataView, from: number, to: number, seed: number): number {
  let hash = seed | 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    let word = Math.imul(view.getInt32(at, true), c1);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, c2);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; at < to; at++, shift += 8) tail |= view.getUint8(at) << shift;
  if (to - from !== 0 && ((to - from) & 3) !== 0) {
    tail = Math.imul(tail, c1);
    tail = (tail << 15) | (tail >>> 17);
    hash ^= Math.imul(tail, c2);
  }
  return finish(hash ^ (to - from));
}

/** The final mix of MurmurHash3: every bit of the input reaches every bit of the output. */
export function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
