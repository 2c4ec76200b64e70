import { outcomes, type RecordBatch } from './recordBatch.ts';

/** Signature, flags and extension length of PostgreSQL's binary COPY format. */
const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const idRowBytes = 2 + 4 + 8 + 4 + 2 + 4 + 64;
const recordRowBytes = 2 + 4 * 12 + 3 * 8 + 6;
const two32 = 4_294_967_296;

/** The payloads of a batch's two COPYs, written to the same buffers for every batch. */
export class CopyEncoder {
  readonly #ids: Buffer;
  readonly #records: Buffer;
  readonly #keys: Float64Array;
  readonly #order: Int32Array;

  constructor(records: number) {
    this.#ids = Buffer.allocUnsafeSlow(header.length + records * idRowBytes + 2);
    this.#records = Buffer.allocUnsafeSlow(header.length + records * recordRowBytes + 2);
    this.#keys = new Float64Array(records);
    this.#order = new Int32Array(records);
  }

  /** Kept records in the order of their accounts. Good until the next call. */
  byAccount(batch: RecordBatch): Int32Array {
    return this.#sorted(batch, batch.account);
  }

  /** Rows `slot, business_no, record_id`, by slot: neighbours in the index are written one after the other. */
  ids(batch: RecordBatch, businessNo: number, skip: ReadonlySet<number>): Buffer {
    const out = this.#ids;
    let at = header.copy(out, 0);
    for (const index of this.#sorted(batch, batch.hi)) {
      if (skip.has(index)) continue;
      at = int16(out, at, 3);
      at = slot(out, at, batch.hi[index] ?? 0, batch.lo[index] ?? 0);
      at = int32(out, at, 2);
      at = int16(out, at, businessNo);
      const from = batch.idFrom[index] ?? 0;
      const to = batch.idTo[index] ?? 0;
      at = int32(out, at, to - from);
      for (let position = from; position < to; position++) out[at++] = batch.bytes[position] ?? 0;
    }
    return out.subarray(0, int16(out, at, -1));
  }

  /** Rows `slot, start_time, bytes_up, bytes_down, account_no, file_no, file_line, outcome`, in the order given. */
  records(batch: RecordBatch, fileNo: number, order: Int32Array): Buffer {
    const out = this.#records;
    let at = header.copy(out, 0);
    for (const index of order) {
      at = int16(out, at, 8);
      at = slot(out, at, batch.hi[index] ?? 0, batch.lo[index] ?? 0);
      at = int64(out, at, batch.time[index] ?? 0);
      at = int64(out, at, batch.up[index] ?? 0);
      at = int64(out, at, batch.down[index] ?? 0);
      at = int32(out, int32(out, at, 4), batch.account[index] ?? 0);
      at = int32(out, int32(out, at, 4), fileNo);
      at = int32(out, int32(out, at, 4), batch.line[index] ?? 0);
      at = int16(out, int32(out, at, 2), batch.outcome[index] ?? 0);
    }
    return out.subarray(0, int16(out, at, -1));
  }

  /** A double holds a 32-bit key and the index beside it, so one native sort orders both. Equal keys keep the file's order. */
  #sorted(batch: RecordBatch, by: Int32Array): Int32Array {
    const keys = this.#keys;
    let count = 0;
    for (let index = 0; index < batch.count; index++) {
      const outcome = batch.outcome[index];
      if (outcome === outcomes.rated || outcome === outcomes.late) keys[count++] = (by[index] ?? 0) * 1_048_576 + index;
    }
    const sorted = keys.subarray(0, count).sort();
    for (let place = 0; place < count; place++) {
      const key = sorted[place] ?? 0;
      this.#order[place] = key - Math.floor(key / 1_048_576) * 1_048_576;
    }
    return this.#order.subarray(0, count);
  }
}

function slot(out: Buffer, at: number, hi: number, lo: number): number {
  return int32(out, int32(out, int32(out, at, 8), hi), lo);
}

/** A whole number up to 2^53 in magnitude as int8, with its length in front. */
function int64(out: Buffer, at: number, value: number): number {
  const hi = Math.floor(value / two32);
  return int32(out, int32(out, int32(out, at, 8), hi), value - hi * two32);
}

function int32(out: Buffer, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

function int16(out: Buffer, at: number, value: number): number {
  out[at] = value >>> 8;
  out[at + 1] = value;
  return at + 2;
}
