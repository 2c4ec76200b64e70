/** A 64-bit number as two signed halves: JavaScript's numbers hold 53 bits, and a bigint would be an object a record. */
export interface Slot {
  hi: number;
  lo: number;
}

/**
 * Where an id of a business stands in the index of all ids: a hash. Ids with the same hash are told apart by `salt`: an id
 * stands in the first of its slots 0, 1, 2, … that no other id took before it; slots are never given back.
 * The slot of a UUID begins with its first 32 bits, so time-ordered ids are neighbours and land on the same few index pages.
 */
export function recordSlot(
  bytes: Uint8Array,
  from: number,
  to: number,
  business: number,
  salt: number,
  slot: Slot,
): void {
  let a = 0x811c9dc5 ^ Math.imul(business, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  let b = 0x27d4eb2f ^ Math.imul(business + salt, 0xc2b2ae35);
  for (let position = from; position < to; position++) {
    const byte = bytes[position] ?? 0;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b) ^ (b >>> 15);
  }
  a = finish(a ^ Math.imul(to - from, 0x9e3779b1));
  b = finish(b ^ a);
  const prefix = salt === 0 && to - from === 36 && bytes[from + 8] === 45 ? hex32(bytes, from) : notHex;
  slot.hi = prefix === notHex ? a ^ finish(b + 0x6d2b79f5) : prefix | 0;
  slot.lo = b;
}

const notHex = -1;

/** Eight hexadecimal digits as an unsigned number, or -1. */
function hex32(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let position = from; position < from + 8; position++) {
    const byte = bytes[position] ?? 0;
    let digit = byte - 48;
    if (digit > 9) digit = (byte | 32) - 87;
    if (digit < 0 || digit > 15) return notHex;
    value = value * 16 + digit;
  }
  return value;
}

/** The final mix of MurmurHash3: every bit of the input reaches every bit of the output. */
export function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The slot as PostgreSQL's int8. */
export function slotNumber(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}
