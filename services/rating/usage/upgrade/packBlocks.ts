import { fieldBytes } from '../domain/block.ts';
import { flags } from '../domain/outcomes.ts';
import { numberHash } from '../domain/partition.ts';
import { type RecordKey, recordKey } from '../domain/recordKey.ts';
import { CopyWriter, copyFraming } from '../engine/copyWriter.ts';
import { blockColumns } from '../engine/writeBlocks.ts';

export interface PackedRecord {
  partition: number;
  month: number;
  account: number;
  serviceNumber: string;
  id: string;
  time: number;
  up: number;
  down: number;
  file: number;
  line: number;
  outcome: number;
  unterminated: boolean;
  superseded: boolean;
}

/** The COPY of some records as blocks, and where each has come to stand. Not fast: it is needed once. */
export function packBlocks(businessNo: number, batch: number, records: PackedRecord[]) {
  const placed: { record: PackedRecord; place: number }[] = [];
  const bytes = new Uint8Array(copyFraming + records.length * (300 + 64 + 64));
  const writer = new CopyWriter(bytes);
  writer.begin();
  for (const block of Map.groupBy(records, ({ partition, month }) => partition * 1_000_000 + month).values()) {
    block.sort((a, b) => a.account - b.account || a.file - b.file || a.line - b.line);
    for (const [place, record] of block.entries()) placed.push({ record, place });
    writeBlock(writer, businessNo, batch, block);
  }
  writer.end();
  return { copy: bytes.subarray(0, writer.at), placed };
}

function writeBlock(writer: CopyWriter, businessNo: number, batch: number, block: PackedRecord[]): void {
  const [first] = block;
  if (!first) return;
  const ids = Buffer.from(block.map(({ id }) => id).join(''), 'latin1');
  writer.row(blockColumns.length);
  writer.int16(businessNo);
  writer.int16(first.partition);
  writer.int64(batch);
  writer.int32(first.month);
  writer.int32(block.length);
  writer.int32(first.account);
  writer.int32(block.at(-1)?.account ?? 0);
  writer.int64(block.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY));
  writer.int64(block.reduce((most, { time }) => Math.max(most, time), Number.NEGATIVE_INFINITY));
  writer.boolean(block.some(({ unterminated }) => unterminated));
  const accounts = writer.column(block.length * 4);
  const outcomes = writer.column(block.length);
  const hashes = writer.column(block.length * 5);
  const idBytes = writer.column(block.length + ids.length);
  const fields = writer.column(block.length * fieldBytes);
  const { view, bytes } = writer;
  bytes.set(ids, idBytes + block.length);
  for (const [place, record] of block.entries()) {
    const key = keyOf(businessNo, record);
    view.setInt32(accounts + place * 4, record.account, true);
    bytes[outcomes + place] = record.outcome | (record.unterminated ? flags.unterminated : 0);
    view.setInt32(hashes + place * 4, key.lo, true);
    bytes[hashes + block.length * 4 + place] = key.hi;
    bytes[idBytes + place] = record.id.length;
    const field = fields + place * fieldBytes;
    view.setFloat64(field, record.time, true);
    view.setFloat64(field + 8, record.up, true);
    view.setFloat64(field + 16, record.down, true);
    view.setInt32(field + 24, record.file, true);
    view.setInt32(field + 28, record.line, true);
  }
}

function keyOf(businessNo: number, { serviceNumber, id }: PackedRecord): RecordKey {
  const number = viewOf(serviceNumber);
  const text = viewOf(id);
  const key: RecordKey = { lo: 0, hi: 0 };
  recordKey(text, 0, text.byteLength, numberHash(number, 0, number.byteLength, businessNo), -1, key);
  return key;
}

function viewOf(text: string): DataView {
  const bytes = Buffer.from(text);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
