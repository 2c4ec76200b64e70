import { WireWriter } from '../wire/wireWriter.ts';

/** Signature, flags and extension length of PostgreSQL's binary COPY format. */
const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** Microseconds from 1970 to 2000, PostgreSQL's beginning of time. */
const epochMicros = 946_684_800_000_000;

/** Rows in PostgreSQL's binary COPY format, one behind the other in a growing buffer. */
export class CopyWriter {
  readonly #out: WireWriter;

  /** Writes over what `out` holds. */
  constructor(out = new WireWriter()) {
    this.#out = out;
    out.at = 0;
    out.raw(header);
  }

  row(columns: number): void {
    this.#int(columns, 2);
  }

  null(): void {
    this.#int(-1, 4);
  }

  int32(value: number): void {
    this.#int(4, 4);
    this.#int(value, 4);
  }

  int64(value: bigint): void {
    this.#int(8, 4);
    this.#out.room(8);
    const { bytes, at } = this.#out;
    (bytes as Buffer).writeBigInt64BE(value, at);
    this.#out.at += 8;
  }

  text(value: string): void {
    this.#out.room(4 + value.length * 3);
    const { bytes, at } = this.#out;
    const length = (bytes as Buffer).write(value, at + 4);
    this.#int(length, 4);
    this.#out.at += length;
  }

  /** A uuid from its text. */
  uuid(value: string): void {
    this.#int(16, 4);
    this.#out.room(16);
    const { bytes, at } = this.#out;
    (bytes as Buffer).write(value.replaceAll('-', ''), at, 'hex');
    this.#out.at += 16;
  }

  time(value: Date): void {
    this.int64(BigInt(value.getTime() * 1_000 - epochMicros));
  }

  /** A whole number as `numeric`. */
  numeric(value: bigint): void {
    const digits: number[] = [];
    for (let rest = value < 0n ? -value : value; rest > 0n; rest /= 10_000n) digits.push(Number(rest % 10_000n));
    this.#int(8 + 2 * digits.length, 4);
    this.#int(digits.length, 2);
    this.#int(Math.max(digits.length - 1, 0), 2);
    this.#int(value < 0n ? 0x4000 : 0, 2);
    this.#int(0, 2);
    for (const digit of digits.reverse()) this.#int(digit, 2);
  }

  /** A bytea in pieces of so many bytes in all; `piece` then writes them. */
  bytes(length: number): void {
    this.#int(length, 4);
  }

  piece(from: Uint8Array, start?: number, end?: number): void {
    this.#out.raw(from, start, end);
  }

  /** The whole payload. */
  finish(): Uint8Array {
    this.#int(-1, 2);
    return this.#out.written();
  }

  #int(value: number, size: 2 | 4): void {
    this.#out.room(size);
    const { bytes, at } = this.#out;
    if (size === 4) {
      bytes[at] = value >>> 24;
      bytes[at + 1] = value >>> 16;
    }
    bytes[at + size - 2] = value >>> 8;
    bytes[at + size - 1] = value;
    this.#out.at += size;
  }
}
