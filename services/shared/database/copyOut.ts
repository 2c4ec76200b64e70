import pg from 'pg';
import { CopyReceiver } from './copyReceiver.ts';

const headerBytes = 19;

/**
 * The rows of a query in PostgreSQL's binary format, by COPY: no object a row, and a bytea comes as its bytes and not as hexadecimal text. COPY takes
 * no parameters: values stand in the query, written by `literal`. `expected` is about how many bytes come. The connection must not be in pipeline mode.
 */
export async function copyOut(
  { client }: { client: pg.ClientBase },
  query: string,
  expected = 64 * 1024,
): Promise<CopyRows> {
  const receiver = new CopyReceiver(`copy (${query}) to stdout (format binary)`, expected);
  client.query(receiver as unknown as pg.Submittable);
  return new CopyRows(await receiver.rows);
}

/** A text as it stands in SQL. */
export function literal(value: string): string {
  return pg.escapeLiteral(value);
}

/** Goes through rows column by column: `row`, then `column` for each; `at` and `end` say where in `bytes` the column is. */
export class CopyRows {
  readonly bytes: Buffer;
  at = 0;
  /** -1 where the column is null. */
  end = headerBytes;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Moves to the next row; false at the end. */
  row(): boolean {
    this.at = this.end < 0 ? this.at : this.end;
    const columns = this.bytes.readInt16BE(this.at);
    this.end = this.at + 2;
    return columns !== -1;
  }

  /** Moves to the next column; false if it is null. */
  column(): boolean {
    const start = this.end < 0 ? this.at : this.end;
    const length = this.bytes.readInt32BE(start);
    this.at = start + 4;
    this.end = length < 0 ? -1 : this.at + length;
    return length >= 0;
  }

  text(): string {
    this.column();
    return this.end < 0 ? '' : this.bytes.toString('utf8', this.at, this.end);
  }

  int(): number {
    this.column();
    return this.bytes.readIntBE(this.at, this.end - this.at);
  }

  /** Of an int8. */
  bigint(): bigint {
    this.column();
    return this.bytes.readBigInt64BE(this.at);
  }

  boolean(): boolean {
    this.column();
    return this.bytes[this.at] === 1;
  }

  /** The bytes themselves, not a copy of them. */
  slice(): Buffer {
    this.column();
    return this.bytes.subarray(this.at, this.end);
  }
}
