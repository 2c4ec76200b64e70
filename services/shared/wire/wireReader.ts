/** Reads protobuf's wire format field by field, without an object for a message. Throws a RangeError on what is not that. */
export class WireReader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
  /** Of the field that `next` has found. */
  field = 0;
  type = 0;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Goes on with another part of the same bytes. */
  within(from: number, to: number): void {
    this.at = from;
    this.end = to;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag & 7;
    return true;
  }

  /** A whole number up to 2^53-1. */
  varint(): number {
    const { bytes } = this;
    let value = 0;
    let factor = 1;
    for (let read = 0; read < 10; read++) {
      if (this.at >= this.end) break;
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number past 2^53');
        return value;
      }
      factor *= 128;
    }
    throw new RangeError('a number is cut off');
  }

  /** Where the bytes of the field end; `at` is where they begin. The caller goes there. */
  length(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.end) throw new RangeError('a field is cut off');
    return end;
  }

  text(): string {
    const end = this.length();
    const { buffer, byteOffset } = this.bytes;
    const text = Buffer.from(buffer, byteOffset + this.at, end - this.at).toString();
    this.at = end;
    return text;
  }

  /** Passes over the content of a field. */
  skip(): void {
    switch (this.type) {
      case 0:
        while ((this.bytes[this.at] as number) >= 0x80) this.at++;
        this.at++;
        break;
      case 1:
        this.at += 8;
        break;
      case 2:
        this.at = this.length();
        break;
      case 5:
        this.at += 4;
        break;
      default:
        throw new RangeError(`a field of type ${this.type}`);
    }
    if (this.at > this.end) throw new RangeError('a field is cut off');
  }
}
