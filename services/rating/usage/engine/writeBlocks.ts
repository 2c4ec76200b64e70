import { fieldBytes } from '../domain/block.ts';
import { flags } from '../domain/outcomes.ts';
import { keyBytes } from '../domain/recordKey.ts';
import type { Stretch } from './blockOrder.ts';
import { type Batch, rowField, rowInts } from './columns.ts';
import { CopyWriter, copyFraming } from './copyWriter.ts';

/** Columns of `usage_blocks` in the order in which they are written. */
export const blockColumns = [
  'business_no',
  'partition',
  'batch',
  'month',
  'records',
  'first_account',
  'last_account',
  'first_time',
  'last_time',
  'unterminated',
  'accounts',
  'outcomes',
  'hashes',
  'ids',
  'fields',
];
const rowBytes = 256;
/** What a record needs beside its id. */
const recordBytes = 4 + 1 + 5 + 1 + fieldBytes;

/** Room for the blocks of so many records with ids of so many bytes together. */
export function blockRoom(records: number, idBytes: number, blocks: number): number {
  return copyFraming + blocks * rowBytes + records * recordBytes + idBytes;
}

export interface BlockWriting {
  batch: Batch;
  stretches: Stretch[];
  /** The outcome of a record, without its flags. */
  outcomeOf: (index: number) => number;
  /** The number of a month, such as 202611. */
  monthNumber: (month: number) => number;
}

/** Writes the COPY of a batch's blocks; answers its length. */
export function writeBlocks(output: Uint8Array, writing: BlockWriting): number {
  const writer = new CopyWriter(output);
  writer.begin();
  for (const stretch of writing.stretches) writeBlock(writer, writing, stretch);
  writer.end();
  return writer.at;
}

function writeBlock(writer: CopyWriter, writing: BlockWriting, stretch: Stretch): void {
  const { batch } = writing;
  const { partition, month, from, to } = stretch;
  const { rows, rowDoubles } = batch.columns;
  const records = to - from;
  const { first, last, idBytes, unterminated } = survey(batch, stretch);
  writer.row(blockColumns.length);
  writer.int16(batch.request.businessNo);
  writer.int16(partition);
  writer.int64(batch.no);
  writer.int32(writing.monthNumber(month));
  writer.int32(records);
  writer.int32(rows[from * rowInts + rowField.account] ?? 0);
  writer.int32(rows[(to - 1) * rowInts + rowField.account] ?? 0);
  writer.int64(first);
  writer.int64(last);
  writer.boolean(unterminated);
  const accounts = writer.column(records * 4);
  const outcomes = writer.column(records);
  const hashes = writer.column(records * keyBytes);
  const ids = writer.column(records + idBytes);
  const fields = writer.column(records * fieldBytes);
  const { view, bytes } = writer;
  const files = batch.parts.map(({ fileNo }) => fileNo);
  let id = ids + records;
  for (let place = 0; place < records; place++) {
    const row = (from + place) * rowInts;
    view.setInt32(accounts + place * 4, rows[row + rowField.account] ?? 0, true);
    bytes[outcomes + place] = writing.outcomeOf(rows[row + rowField.index] ?? 0) | (rows[row + rowField.flags] ?? 0);
    view.setInt32(hashes + place * 4, rows[row + rowField.lo] ?? 0, true);
    bytes[hashes + records * 4 + place] = rows[row + rowField.hi] ?? 0;
    const idFrom = rows[row + rowField.idFrom] ?? 0;
    const idTo = rows[row + rowField.idTo] ?? 0;
    bytes[ids + place] = idTo - idFrom;
    id = copyText(view, bytes, id, batch, idFrom, idTo);
    const field = fields + place * fieldBytes;
    view.setFloat64(field, rowDoubles[row / 2] ?? 0, true);
    view.setFloat64(field + 8, rowDoubles[row / 2 + 1] ?? 0, true);
    view.setFloat64(field + 16, rowDoubles[row / 2 + 2] ?? 0, true);
    view.setInt32(field + 24, files[rows[row + rowField.part] ?? 0] ?? 0, true);
    view.setInt32(field + 28, rows[row + rowField.fileLine] ?? 0, true);
  }
}

/** What the block's row says of its records. */
function survey({ columns }: Batch, { from, to }: Stretch) {
  const { rows, rowDoubles } = columns;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let idBytes = 0;
  let unterminated = false;
  for (let place = from; place < to; place++) {
    const row = place * rowInts;
    const at = rowDoubles[row / 2] ?? 0;
    if (at < first) first = at;
    if (at > last) last = at;
    idBytes += (rows[row + rowField.idTo] ?? 0) - (rows[row + rowField.idFrom] ?? 0);
    if (((rows[row + rowField.flags] ?? 0) & flags.unterminated) !== 0) unterminated = true;
    columns.place[rows[row + rowField.index] ?? 0] = place - from;
  }
  return { first, last, idBytes, unterminated };
}

/** Copies a short text, four bytes at a time; answers where it ends. */
function copyText(view: DataView, bytes: Uint8Array, target: number, batch: Batch, from: number, to: number): number {
  let at = target;
  let source = from;
  for (; source + 4 <= to; source += 4, at += 4) view.setInt32(at, batch.view.getInt32(source));
  while (source < to) bytes[at++] = batch.bytes[source++] ?? 0;
  return at;
}
