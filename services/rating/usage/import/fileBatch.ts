import { setImmediate } from 'node:timers/promises';
import { CopyEncoder } from '../domain/encodeCopy.ts';
import { type MonthTotals, totalsOf } from '../domain/monthTotals.ts';
import { type Judgement, RecordReader } from '../domain/readRecords.ts';
import { type BatchLimits, outcomes, RecordBatch, type Rejection } from '../domain/recordBatch.ts';

/** Lines read in one go; between two goes the event loop feeds the connection on which the batch before is being written. */
const linesPerTurn = 4096;
const noIndices: ReadonlySet<number> = new Set();

/** A batch on its way: its columns, and the payloads that PostgreSQL gets. */
export class FileBatch {
  readonly records: RecordBatch;
  readonly #encoder: CopyEncoder;
  readonly #fileNo: number;
  readonly #businessNo: number;
  /** Number of its first line in the file. */
  firstLine = 0;
  /** Whether the file ends with it. */
  last = false;
  /** The beginning of a line that was too long to be collected, behind the whole ones. */
  overlong: Rejection | undefined;
  /** All account changes up to this one were known when it was judged. */
  revision = -1n;
  ids: Buffer = Buffer.alloc(0);
  rows: Buffer = Buffer.alloc(0);
  totals = new Map<number, MonthTotals>();

  constructor(limits: BatchLimits, fileNo: number, businessNo: number) {
    this.records = new RecordBatch(limits);
    this.#encoder = new CopyEncoder(limits.records);
    this.#fileNo = fileNo;
    this.#businessNo = businessNo;
  }

  /** Reads and judges the lines; answers where the bytes left over begin. */
  async read(judgement: Judgement): Promise<{ position: number; nextLine: number }> {
    this.revision = judgement.lines.revision;
    const reader = new RecordReader(this.records, judgement, this.firstLine);
    while (reader.read(linesPerTurn)) await setImmediate();
    if (this.last && reader.exhausted) reader.readUnterminated();
    if (this.overlong) this.records.rejections.push(this.overlong);
    return { position: reader.position, nextLine: reader.line };
  }

  /** Writes the payloads and sums for the outcomes as they are now. Ids in `known` have their row already. */
  encode(known: ReadonlySet<number> = noIndices): void {
    const order = this.#encoder.byAccount(this.records);
    this.totals = totalsOf(this.records, order);
    this.rows = this.#encoder.records(this.records, this.#fileNo, order);
    this.ids = this.#encoder.ids(this.records, this.#businessNo, known);
  }

  /** Calls back for every record that is kept. */
  forKept(use: (index: number) => void): void {
    const { count, outcome } = this.records;
    for (let index = 0; index < count; index++) {
      if (outcome[index] === outcomes.rated || outcome[index] === outcomes.late) use(index);
    }
  }
}
