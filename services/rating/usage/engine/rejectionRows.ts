import type { RejectionReason } from '../domain/outcomes.ts';
import { printable } from '../domain/printable.ts';
import { CopyWriter } from './copyWriter.ts';

const columns = 5;
/** What a row needs beside its texts, and what an unprintable text can grow to. */
const framing = 64;
const longestText = 2_100;

/** The COPY of a batch's rejections: rows `file_no, file_line, reason, detail, record`. */
export class RejectionRows {
  readonly #source: Buffer;
  #writer: CopyWriter | undefined;

  constructor(source: Buffer) {
    this.#source = source;
  }

  /** The record's text lies between two places of the batch's bytes; it is made printable. */
  add(fileNo: number, line: number, reason: RejectionReason, detail: string, from: number, to: number): void {
    const writer = this.#room(framing + reason.length + detail.length + longestText);
    this.#begin(writer, fileNo, line, reason, detail);
    if (isPlain(this.#source, from, to)) {
      const start = writer.column(to - from);
      writer.bytes.set(this.#source.subarray(from, to), start);
    } else writer.text(printable(this.#source, from, to));
  }

  /** The same for a record that never was a line. */
  addText(fileNo: number, line: number, reason: RejectionReason, detail: string, record: string): void {
    const writer = this.#room(framing + reason.length + detail.length + longestText);
    this.#begin(writer, fileNo, line, reason, detail);
    const text = Buffer.from(record);
    writer.text(printable(text, 0, text.length));
  }

  /** What was added so far, without its end; more may be added. */
  finish(rows: (copy: RejectionRows) => void): Uint8Array | undefined {
    const length = this.#writer?.at ?? 0;
    rows(this);
    const writer = this.#writer;
    if (!writer) return undefined;
    const end = this.#room(2);
    end.end();
    const copy = end.bytes.slice(0, end.at);
    // What depends on the outcomes is taken back: the batch may be encoded again.
    if (length === 0) this.#writer = undefined;
    else end.at = length;
    return copy;
  }

  #begin(writer: CopyWriter, fileNo: number, line: number, reason: string, detail: string): void {
    writer.row(columns);
    writer.int32(fileNo);
    writer.int32(line);
    writer.text(reason);
    writer.text(detail);
  }

  #room(bytes: number): CopyWriter {
    const writer = this.#writer;
    if (!writer) {
      this.#writer = new CopyWriter(new Uint8Array(64 * 1024));
      this.#writer.begin();
      return this.#writer;
    }
    if (writer.at + bytes > writer.bytes.length) {
      const larger = new Uint8Array(writer.bytes.length * 2);
      larger.set(writer.bytes.subarray(0, writer.at));
      const next = new CopyWriter(larger);
      next.at = writer.at;
      this.#writer = next;
      return next;
    }
    return writer;
  }
}

/** Whether the text is printable ASCII that needs no shortening. */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > 500) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 32 || byte > 126) return false;
  }
  return true;
}
