/** Reads protobuf's wire format from a buffer, without making an object a field. A broken message ends with `broken` set. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #to: number;
  at: number;
  /** The field that `next` has found: its number, and for bytes where they lie. */
  field = 0;
  wireType = 0;
  from = 0;
  to = 0;
  /** The last varint, exact up to 2^53; `large` beyond that, and for negative numbers. */
  value = 0;
  large = false;
  broken = false;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.at = from;
    this.#to = to;
  }

  reset(from: number, to: number): void {
    this.at = from;
    this.#to = to;
    this.broken = false;
  }

  /** Goes to the next field and past it; false at the end. */
  next(): boolean {
    if (this.at >= this.#to || this.broken) return false;
    this.#varint();
    if (this.broken || this.large) return this.#break();
    this.field = Math.floor(this.value / 8);
    this.wireType = this.value & 7;
    switch (this.wireType) {
      case 0:
        this.#varint();
        return !this.broken;
      case 1:
        return this.#skip(8);
      case 2:
        this.#varint();
        if (this.broken || this.large) return this.#break();
        return this.#skip(this.value);
      case 5:
        return this.#skip(4);
      default:
        return this.#break();
    }
  }

  #skip(length: number): boolean {
    if (length > this.#to - this.at) return this.#break();
    this.from = this.at;
    this.at += length;
    this.to = this.at;
    return true;
  }

  #break(): false {
    this.broken = true;
    return false;
  }

  #varint(): void {
    let value = 0;
    let factor = 1;
    this.large = false;
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.#to) break;
      const byte = this.#bytes[this.at++] ?? 0;
      const bits = byte & 0x7f;
      if (count < 7) value += bits * factor;
      else if (count === 7 && bits < 16) value += bits * factor;
      else if (bits !== 0) this.large = true;
      factor *= 128;
      if (byte < 0x80) {
        this.value = value;
        return;
      }
    }
    this.broken = true;
  }
}
