import type { CopyRows } from './copyOut.ts';

/** The numbers of an int4[] or int8[] column, up to 2^53; NaN for nulls in it, and none where it is null itself. */
export function copiedNumbers(rows: CopyRows): Float64Array {
  if (!rows.column() || rows.bytes.readInt32BE(rows.at) === 0) return new Float64Array();
  const values = new Float64Array(rows.bytes.readInt32BE(rows.at + 12));
  let at = rows.at + 20;
  for (let index = 0; index < values.length; index++) {
    const size = rows.bytes.readInt32BE(at);
    if (size < 0) {
      values[index] = Number.NaN;
      at += 4;
      continue;
    }
    const high = rows.bytes.readInt32BE(at + 4);
    values[index] = size === 4 ? high : high * 2 ** 32 + rows.bytes.readUInt32BE(at + 8);
    at += 4 + size;
  }
  return values;
}
