import { IdTable } from './idTable.ts';

export const outcomes = { rejected: 0, rated: 1, late: 2, superseded: 3, duplicate: 4 } as const;

export const rejectionReasons = ['MALFORMED', 'UNKNOWN_LINE', 'APN_MISMATCH', 'LINE_NOT_ACTIVE', 'FUTURE'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** A refused record; its text lies in the batch's bytes. */
export interface Rejection {
  line: number;
  reason: RejectionReason;
  detail: string;
  from: number;
  to: number;
  /** Its place among the records, or -1 where it could not even be read. */
  index: number;
}

export interface BatchLimits {
  bytes: number;
  records: number;
}

/**
 * The records of one transaction, as columns: a million objects would cost more than the work on them. `bytes` holds the
 * lines as they came, and has as much room again for unquoted texts. A batch is used again for the next records.
 */
export class RecordBatch {
  readonly limits: BatchLimits;
  readonly bytes: Buffer;
  /** How many of the bytes are lines. */
  length = 0;
  /** Where the next unquoted text goes. */
  spare: number;

  count = 0;
  readonly idFrom: Int32Array;
  readonly idTo: Int32Array;
  readonly hi: Int32Array;
  readonly lo: Int32Array;
  readonly account: Int32Array;
  readonly line: Int32Array;
  readonly month: Int32Array;
  readonly time: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
  readonly outcome: Uint8Array;
  readonly rejections: Rejection[] = [];
  /** Ids of this batch that are kept. */
  readonly kept: IdTable;
  /** Records whose id may have been kept before: to be looked up. */
  readonly suspects: number[] = [];
  /** Records whose slot another id of the same batch has. */
  readonly collisions: number[] = [];
  /** The record without a line end, or -1. */
  unterminated = -1;
  /** Bytes of the upload when the batch was full. */
  bytesRead = 0;

  constructor(limits: BatchLimits) {
    const { records } = limits;
    this.limits = limits;
    this.bytes = Buffer.allocUnsafeSlow(limits.bytes * 2);
    this.spare = limits.bytes;
    this.idFrom = new Int32Array(records);
    this.idTo = new Int32Array(records);
    this.hi = new Int32Array(records);
    this.lo = new Int32Array(records);
    this.account = new Int32Array(records);
    this.line = new Int32Array(records);
    this.month = new Int32Array(records);
    this.time = new Float64Array(records);
    this.up = new Float64Array(records);
    this.down = new Float64Array(records);
    this.outcome = new Uint8Array(records);
    this.kept = new IdTable(this);
  }

  /** Forgets what was read out of the bytes. */
  reset(): void {
    this.count = 0;
    this.spare = this.limits.bytes;
    this.rejections.length = 0;
    this.suspects.length = 0;
    this.collisions.length = 0;
    this.unterminated = -1;
    this.kept.clear();
  }

  /** The id of a record. */
  idOf(index: number): string {
    return this.bytes.toString('latin1', this.idFrom[index], this.idTo[index]);
  }

  /** A well-formed record whose id was kept before is a duplicate, whatever else is wrong with it. */
  markDuplicates(indices: ReadonlySet<number>): void {
    if (indices.size === 0) return;
    for (const index of indices) this.outcome[index] = outcomes.duplicate;
    const rest = this.rejections.filter(({ index }) => !indices.has(index));
    this.rejections.length = 0;
    this.rejections.push(...rest);
  }
}
