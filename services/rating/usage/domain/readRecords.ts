import type { IdFilter } from './idFilter.ts';
import { apnMismatch, type LineDirectory, unknownLine } from './lineDirectory.ts';
import type { Months } from './months.ts';
import { outcomes, type RecordBatch, type RejectionReason } from './recordBatch.ts';
import { quoted, RecordFields } from './recordFields.ts';
import type { recordSlot, Slot } from './recordSlot.ts';

export const longestLine = 64 * 1024;
const lineFeed = 10;
const carriageReturn = 13;

/** What a batch is judged by. */
export interface Judgement {
  businessNo: number;
  lines: LineDirectory;
  months: Months;
  /** Times after this one lie in the future, clock skew allowed for. */
  latest: number;
  /** Undefined: every id is to be looked up. */
  filter: IdFilter | undefined;
  hash: typeof recordSlot;
}

/**
 * Reads the lines of a batch one after the other and judges each record, as far as that needs no database:
 * malformed, duplicate within the batch, unknown line, APN, service, future; what is left is kept. The same bytes
 * and the same judgement give the same columns, so a batch may be read again when the world has changed meanwhile.
 */
export class RecordReader {
  readonly #batch: RecordBatch;
  readonly #judgement: Judgement;
  readonly #fields = new RecordFields();
  readonly #slot: Slot = { hi: 0, lo: 0 };
  /** Where the next line begins. */
  position = 0;
  readonly #firstLine: number;
  /** Number of the next line in its file. */
  line: number;

  constructor(batch: RecordBatch, judgement: Judgement, firstLine: number) {
    this.#batch = batch;
    this.#judgement = judgement;
    this.#firstLine = firstLine;
    this.line = firstLine;
    batch.reset();
  }

  /** Reads at most so many lines; false when the bytes hold no whole line any more or the batch has no room. */
  read(most: number): boolean {
    const batch = this.#batch;
    for (let lines = 0; lines < most; lines++) {
      if (this.line - this.#firstLine === batch.limits.records) return false;
      const end = batch.bytes.indexOf(lineFeed, this.position);
      if (end < 0 || end >= batch.length) return false;
      this.#readLine(this.position, end);
      this.position = end + 1;
    }
    return true;
  }

  /** Whether no whole line is left, so that what remains is a line without an end. */
  get exhausted(): boolean {
    const { bytes, length } = this.#batch;
    const end = bytes.indexOf(lineFeed, this.position);
    return end < 0 || end >= length;
  }

  /** The last line of a file, which has no line end: what stands in it may have been cut off. */
  readUnterminated(): void {
    const batch = this.#batch;
    if (this.position >= batch.length || this.line - this.#firstLine === batch.limits.records) return;
    const before = batch.count;
    this.#readLine(this.position, batch.length);
    this.position = batch.length;
    if (batch.count > before) batch.unterminated = before;
  }

  #readLine(from: number, lineEnd: number): void {
    const { bytes } = this.#batch;
    const to = lineEnd > from && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    const line = this.line++;
    if (to === from) return;
    const fault = to - from > longestLine ? 'the line is longer than 64 KiB' : this.#parse(from, to);
    if (fault === undefined) this.#judge(line, from, to);
    else this.#reject(line, 'MALFORMED', fault, from, to, -1);
  }

  #parse(from: number, to: number): string | undefined {
    const batch = this.#batch;
    const fault = this.#fields.read(batch.bytes, from, to);
    if (fault !== quoted) return fault;
    const unquoted = this.#fields.unquote(batch.bytes, from, to, batch.spare);
    if (unquoted === undefined) batch.spare += to - from;
    return unquoted;
  }

  #judge(line: number, from: number, to: number): void {
    const batch = this.#batch;
    const fields = this.#fields;
    const { lines, months, latest, filter, hash, businessNo } = this.#judgement;
    const index = batch.count++;
    const slot = this.#slot;
    hash(batch.bytes, fields.id[0], fields.id[1], businessNo, 0, slot);
    batch.hi[index] = slot.hi;
    batch.lo[index] = slot.lo;
    batch.idFrom[index] = fields.id[0];
    batch.idTo[index] = fields.id[1];
    batch.line[index] = line;
    batch.time[index] = fields.time;
    batch.up[index] = fields.up;
    batch.down[index] = fields.down;
    if (filter === undefined || filter.mayContain(slot.hi, slot.lo)) batch.suspects.push(index);

    const twin = batch.kept.find(index);
    if (twin >= 0) {
      if (batch.kept.sameId(index, twin)) {
        batch.outcome[index] = outcomes.duplicate;
        return;
      }
      batch.collisions.push(index);
    }
    const account = lines.resolve(batch.bytes, fields.number, fields.apn, fields.time);
    if (account < 0) {
      this.#refuse(index, line, account, from, to);
      return;
    }
    if (fields.time > latest) {
      batch.outcome[index] = outcomes.rejected;
      this.#reject(line, 'FUTURE', 'start_time lies in the future', from, to, index);
      return;
    }
    batch.account[index] = account;
    batch.month[index] = months.indexOf(fields.time);
    batch.outcome[index] = outcomes.rated;
    if (twin < 0) batch.kept.add(index);
  }

  #refuse(index: number, line: number, why: number, from: number, to: number): void {
    this.#batch.outcome[index] = outcomes.rejected;
    if (why === unknownLine) this.#reject(line, 'UNKNOWN_LINE', 'no line has this service_number', from, to, index);
    else if (why === apnMismatch) this.#reject(line, 'APN_MISMATCH', "not the line's apn", from, to, index);
    else this.#reject(line, 'LINE_NOT_ACTIVE', 'the line was not in service at start_time', from, to, index);
  }

  #reject(line: number, reason: RejectionReason, detail: string, from: number, to: number, index: number): void {
    this.#batch.rejections.push({ line, reason, detail, from, to, index });
  }
}
