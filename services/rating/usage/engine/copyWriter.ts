import { Buffer } from 'node:buffer';

/** Signature, flags and extension length of PostgreSQL's binary COPY format. */
const copyHeader = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** Rows in PostgreSQL's binary COPY format, written one behind the other. The room is the caller's matter. */
export class CopyWriter {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #buffer: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  begin(): void {
    this.bytes.set(copyHeader, 0);
    this.at = copyHeader.length;
  }

  /** The row's number of columns, or the end of all rows. */
  row(columns: number): void {
    this.view.setInt16(this.at, columns);
    this.at += 2;
  }

  end(): void {
    this.row(-1);
  }

  int16(value: number): void {
    this.view.setInt32(this.at, 2);
    this.view.setInt16(this.at + 4, value);
    this.at += 6;
  }

  int32(value: number): void {
    this.view.setInt32(this.at, 4);
    this.view.setInt32(this.at + 4, value);
    this.at += 8;
  }

  /** A whole number up to 2^53 in magnitude. */
  int64(value: number): void {
    const hi = Math.floor(value / 4_294_967_296);
    this.view.setInt32(this.at, 8);
    this.view.setInt32(this.at + 4, hi);
    this.view.setInt32(this.at + 8, value - hi * 4_294_967_296);
    this.at += 12;
  }

  boolean(value: boolean): void {
    this.view.setInt32(this.at, 1);
    this.bytes[this.at + 4] = value ? 1 : 0;
    this.at += 5;
  }

  text(value: string): void {
    const length = this.#buffer.write(value, this.at + 4);
    this.view.setInt32(this.at, length);
    this.at += 4 + length;
  }

  /** The length of a column whose bytes the caller writes; answers where they begin. */
  column(length: number): number {
    this.view.setInt32(this.at, length);
    const start = this.at + 4;
    this.at = start + length;
    return start;
  }
}

export const copyFraming = copyHeader.length + 2;
