const continues = 0x80;

/** Bytes of a text up to which a loop is faster than a call. */
const shortCopy = 64;

/**
 * Protobuf's wire format, written field by field into one growing buffer: for the few messages of which there are so many that an object
 * for each would be the price of the work. The generated code reads what is written here; property tests hold the two together.
 */
export class WireWriter {
  bytes: Uint8Array;
  at = 0;

  constructor(capacity = 64 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes sure that so many more bytes fit. */
  room(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + more));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  /** What has been written so far; good until the next call. */
  written(from = 0): Uint8Array {
    return this.bytes.subarray(from, this.at);
  }

  /** Begins an embedded message; answers where its content begins, for `end`. */
  begin(field: number): number {
    this.room(8);
    this.#tag(field, 2);
    this.at += 1;
    return this.at;
  }

  /** Ends an embedded message. One byte was left for its length; a longer one moves the content on. */
  end(start: number): void {
    const length = this.at - start;
    if (length < continues) {
      this.bytes[start - 1] = length;
      return;
    }
    const more = lengthOf(length) - 1;
    this.room(more);
    this.bytes.copyWithin(start + more, start, this.at);
    const end = this.at + more;
    this.at = start - 1;
    this.#varint(length);
    this.at = end;
  }

  /** A whole number from 0 to 2^53-1; 0 is left out, as the generated code does. */
  unsigned(field: number, value: number): void {
    if (value === 0) return;
    this.room(12);
    this.#tag(field, 0);
    this.#varint(value);
  }

  text(field: number, value: string): void {
    if (value === '') return;
    this.bytesOf(field, Buffer.from(value));
  }

  /** A part of another buffer as text or bytes. */
  bytesOf(field: number, from: Uint8Array, start = 0, end = from.length): void {
    const length = end - start;
    if (length === 0) return;
    this.room(length + 8);
    this.#tag(field, 2);
    this.#varint(length);
    this.raw(from, start, end);
  }

  /** A whole number from 0 to 2^53-1 as decimal text. */
  decimal(field: number, value: number): void {
    this.room(24);
    this.#tag(field, 2);
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    this.bytes[this.at++] = digits;
    let rest = value;
    for (let place = this.at + digits - 1; place >= this.at; place--) {
      const next = Math.floor(rest / 10);
      this.bytes[place] = 48 + (rest - next * 10);
      rest = next;
    }
    this.at += digits;
  }

  /** A whole number as `sint64` inside a packed field. */
  zigzag(value: bigint): void {
    this.room(10);
    const small = Number(value);
    if (Math.abs(small) < 2 ** 52) {
      this.#varint(small < 0 ? small * -2 - 1 : small * 2);
      return;
    }
    let rest = BigInt.asUintN(64, value < 0n ? -value * 2n - 1n : value * 2n);
    while (rest >= 0x80n) {
      this.bytes[this.at++] = Number(rest & 0x7fn) | continues;
      rest >>= 7n;
    }
    this.bytes[this.at++] = Number(rest);
  }

  /** Bytes as they are. */
  raw(from: Uint8Array, start = 0, end = from.length): void {
    const length = end - start;
    this.room(length);
    if (length > shortCopy) {
      this.bytes.set(from.subarray(start, end), this.at);
      this.at += length;
      return;
    }
    const { bytes } = this;
    let to = this.at;
    for (let index = start; index < end; index++) bytes[to++] = from[index] as number;
    this.at = to;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 2 ** 31) {
      this.bytes[this.at++] = (rest % continues) | continues;
      rest = Math.floor(rest / continues);
    }
    while (rest >= continues) {
      this.bytes[this.at++] = (rest & 0x7f) | continues;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }
}

/** Bytes that a varint takes. */
export function lengthOf(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= continues; rest = Math.floor(rest / continues)) bytes++;
  return bytes;
}
