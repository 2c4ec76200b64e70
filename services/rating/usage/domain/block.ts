/**
 * What stands in the columns of a block of n records, all of it little-endian so that a typed array reads it at once:
 *
 * - `accounts`: n int32, ascending. The records of one account stand together and in the order of their coming.
 * - `outcomes`: n bytes (outcomes.ts).
 * - `hashes`: n int32, then n bytes: the fingerprints (recordKey.ts).
 * - `ids`: n bytes with the lengths of the record ids, then the ids one behind the other.
 * - `fields`: n times 32 bytes: start time in microseconds since 2000, bytes up and bytes down as doubles (all of them whole and exact), number of the
 *   file and line in it as int32.
 */
export const fieldBytes = 32;

/** The columns of a block as PostgreSQL sends them. Which ones there are is the reader's choice. */
export interface BlockRow {
  partition: number;
  batch: number;
  month: number;
  records: number;
  accounts: Uint8Array;
  outcomes: Uint8Array;
  hashes: Uint8Array;
  ids: Uint8Array;
  fields: Uint8Array;
}

/** The bytes as int32; a copy, because PostgreSQL's bytes stand anywhere and typed arrays only at multiples of their size. */
export function int32s(bytes: Uint8Array): Int32Array {
  return new Int32Array(aligned(bytes));
}

export interface Fields {
  time: Float64Array;
  up: Float64Array;
  down: Float64Array;
  file: Int32Array;
  line: Int32Array;
}

/** The fields of some records standing together, as columns. */
export function readFields(bytes: Uint8Array): Fields {
  const count = bytes.length / fieldBytes;
  const buffer = aligned(bytes);
  const doubles = new Float64Array(buffer);
  const ints = new Int32Array(buffer);
  const fields: Fields = {
    time: new Float64Array(count),
    up: new Float64Array(count),
    down: new Float64Array(count),
    file: new Int32Array(count),
    line: new Int32Array(count),
  };
  for (let index = 0; index < count; index++) {
    fields.time[index] = doubles[index * 4] ?? 0;
    fields.up[index] = doubles[index * 4 + 1] ?? 0;
    fields.down[index] = doubles[index * 4 + 2] ?? 0;
    fields.file[index] = ints[index * 8 + 6] ?? 0;
    fields.line[index] = ints[index * 8 + 7] ?? 0;
  }
  return fields;
}

/** The file of each of the records alone. */
export function filesOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Int32Array(bytes.length / fieldBytes);
  for (let index = 0; index < files.length; index++) files[index] = view.getInt32(index * fieldBytes + 24, true);
  return files;
}

/** Where each id begins in `ids`, and behind the last one. `lengths` are the column's first bytes. */
export function idStarts(lengths: Uint8Array, records: number): Int32Array {
  const starts = new Int32Array(records + 1);
  let at = records;
  for (let index = 0; index < records; index++) {
    starts[index] = at;
    at += lengths[index] ?? 0;
  }
  starts[records] = at;
  return starts;
}

function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
