import type { BatchRequest, Part, PartResult, Rest } from './protocol.ts';
import { RejectionRows } from './rejectionRows.ts';

/**
 * The records of a batch, as columns: a million objects would cost more than the work on them. Used again and again for other batches.
 */
export class Columns {
  readonly capacity: number;
  count = 0;
  /** Where the texts stand in the batch's bytes. */
  readonly idFrom: Int32Array;
  readonly idTo: Int32Array;
  /** The record as it came, for those who ask why it was refused. */
  readonly textFrom: Int32Array;
  readonly textTo: Int32Array;
  readonly correctsFrom: Int32Array;
  readonly correctsTo: Int32Array;
  /** Its service number among those of the directory, and its line. */
  readonly number: Int32Array;
  readonly line: Int32Array;
  readonly partition: Uint8Array;
  /** The next record of the same partition, or -1. */
  readonly next: Int32Array;
  readonly lo: Int32Array;
  readonly hi: Uint8Array;
  readonly time: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
  readonly month: Int16Array;
  readonly part: Uint16Array;
  readonly fileLine: Int32Array;
  readonly outcome: Uint8Array;
  readonly flags: Uint8Array;
  /** Whether the outcome waits for a look at kept records. */
  readonly pending: Uint8Array;
  /** Place in its block. */
  readonly place: Int32Array;
  /**
   * What is written of the kept records, in the order of their blocks: rows of `rowInts` integers, the first six of which are three doubles. A row is one line of the
   * processor's cache; picking its fields out of the columns would be eleven.
   */
  readonly rows: Int32Array;
  readonly rowDoubles: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    const ints = () => new Int32Array(capacity);
    const doubles = () => new Float64Array(capacity);
    const bytes = () => new Uint8Array(capacity);
    this.idFrom = ints();
    this.idTo = ints();
    this.textFrom = ints();
    this.textTo = ints();
    this.correctsFrom = ints();
    this.correctsTo = ints();
    this.number = ints();
    this.line = ints();
    this.partition = bytes();
    this.next = ints();
    this.lo = ints();
    this.hi = bytes();
    this.time = doubles();
    this.up = doubles();
    this.down = doubles();
    this.month = new Int16Array(capacity);
    this.part = new Uint16Array(capacity);
    this.fileLine = ints();
    this.outcome = bytes();
    this.flags = bytes();
    this.pending = bytes();
    this.place = ints();
    const rows = new ArrayBuffer(capacity * rowInts * 4);
    this.rows = new Int32Array(rows);
    this.rowDoubles = new Float64Array(rows);
  }
}

/** Why a record is pending: it may be a duplicate and is in no table; or only the record that it corrects is not known yet. */
export const suspected = 1;
export const awaiting = 2;

export const rowInts = 16;
/** Places of a row's integers, behind time, up and down. */
export const rowField = {
  idFrom: 6,
  idTo: 7,
  account: 8,
  lo: 9,
  hi: 10,
  flags: 11,
  fileLine: 12,
  part: 13,
  index: 14,
} as const;

/** A batch under way. */
export class Batch {
  readonly request: BatchRequest;
  readonly columns: Columns;
  readonly bytes: Uint8Array;
  readonly buffer: Buffer;
  readonly view: DataView;
  readonly rejections: RejectionRows;
  /** By part: records that could not be read, and the number of the line behind the last one that was. */
  readonly malformed: Int32Array;
  readonly nextLine: Int32Array;
  readonly parts: Part[];
  /** Where the next unquoted text goes. */
  spare: number;
  rest: Rest | undefined;
  linesLeft: number;
  results: PartResult[] = [];

  constructor(request: BatchRequest, columns: Columns) {
    this.request = request;
    this.columns = columns;
    columns.count = 0;
    this.bytes = new Uint8Array(request.input);
    this.buffer = Buffer.from(request.input);
    this.view = new DataView(request.input);
    this.spare = request.spare;
    this.rejections = new RejectionRows(this.buffer);
    this.parts = request.parts;
    this.malformed = new Int32Array(request.parts.length);
    this.nextLine = Int32Array.from(request.parts, ({ firstLine }) => firstLine);
    this.linesLeft = request.mostLines;
  }

  /** Number of a part's first line: behind the part of the same file before it, if there is one. */
  firstLineOf(part: number): number {
    const piece = this.parts[part];
    if (piece?.numbers) return piece.firstLine;
    for (let before = part - 1; before >= 0; before--) {
      if (this.parts[before]?.fileNo === piece?.fileNo) return this.nextLine[before] ?? 1;
    }
    return piece?.firstLine ?? 1;
  }

  get no(): number {
    return this.request.batch;
  }

  idOf(index: number): string {
    return this.buffer.toString('latin1', this.columns.idFrom[index], this.columns.idTo[index]);
  }

  correctsOf(index: number): string {
    return this.buffer.toString('latin1', this.columns.correctsFrom[index], this.columns.correctsTo[index]);
  }

  sameId(one: number, other: number): boolean {
    const { idFrom, idTo } = this.columns;
    return this.isText(one, idFrom[other] ?? 0, idTo[other] ?? 0);
  }

  /** Whether a record's id is what stands between two places. */
  isText(index: number, from: number, to: number): boolean {
    const { bytes, columns } = this;
    const start = columns.idFrom[index] ?? 0;
    const length = to - from;
    if ((columns.idTo[index] ?? 0) - start !== length) return false;
    for (let offset = 0; offset < length; offset++) if (bytes[start + offset] !== bytes[from + offset]) return false;
    return true;
  }
}
