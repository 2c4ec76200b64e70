import { corrections } from '../domain/outcomes.ts';
import { timeFault, unprintable, volumeFaults } from '../domain/recordFields.ts';
import { usageTimeOf } from '../domain/usageTime.ts';
import type { Batch } from './columns.ts';
import type { Judge } from './judge.ts';
import { WireReader } from './wire.ts';

const longestText = 64;
const recordsField = 3;
/** Seconds from 1970 to 2000. */
const epochGap = 946_684_800;
const afterLastYear = usageTimeOf(new Date('2101-01-01T00:00:00Z'));

/** Reads the records of a `ReportUsageRequest` or `BatchReportUsageRequest`, whose wire format is the same, without decoding it into objects. */
export function readReport(batch: Batch, partNo: number, judge: Judge): void {
  const part = batch.parts[partNo];
  if (!part) return;
  const message = new WireReader(batch.bytes, part.from, part.to);
  const record = new ReportedRecord(batch.bytes);
  const { columns } = batch;
  let line = batch.firstLineOf(partNo);
  let position = part.from;
  while (batch.linesLeft > 0 && message.next()) {
    position = message.at;
    if (message.field !== recordsField || message.wireType !== 2) continue;
    batch.linesLeft--;
    const fault = record.read(message.from, message.to);
    const fileLine = part.numbers ? (part.numbers[line] ?? 0) : line;
    line++;
    if (fault !== undefined) {
      batch.malformed[partNo] = (batch.malformed[partNo] ?? 0) + 1;
      batch.rejections.addText(
        part.fileNo,
        fileLine,
        'MALFORMED',
        fault,
        recordText(batch.bytes, message.from, message.to),
      );
      judge.reportMalformed(partNo, fileLine - 1, record.idText, fault);
      continue;
    }
    const index = columns.count++;
    columns.idFrom[index] = record.id[0];
    columns.idTo[index] = record.id[1];
    columns.textFrom[index] = message.from;
    columns.textTo[index] = message.to;
    columns.correctsFrom[index] = record.corrects[0];
    columns.correctsTo[index] = record.corrects[1];
    columns.time[index] = record.time;
    columns.up[index] = record.up;
    columns.down[index] = record.down;
    columns.fileLine[index] = fileLine;
    columns.part[index] = partNo;
    judge.take(index, record.number[0], record.number[1], record.apn[0], record.apn[1], record.correction);
  }
  batch.nextLine[partNo] = line;
  if (batch.linesLeft === 0 && position < part.to) batch.rest = { part: partNo, position, line, spare: batch.spare };
}

/** A refused record as the line that it would have been in a file. */
export function recordText(bytes: Uint8Array, from: number, to: number): string {
  const record = new ReportedRecord(bytes);
  record.read(from, to);
  const text = ([start, end]: [number, number]) => Buffer.from(bytes.subarray(start, end)).toString('utf8');
  const date = new Date((record.seconds || 0) * 1000);
  const time = Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', `${fraction(record.nanos)}Z`);
  const fields = [text(record.id), text(record.number), text(record.apn), time, record.up, record.down];
  if (record.correction !== corrections.none) {
    fields.push(record.correction === corrections.cancel ? 'CANCEL' : 'REPLACE', text(record.corrects));
  }
  return fields.join(',');
}

function fraction(nanos: number): string {
  return nanos > 0 && nanos < 1e9 ? `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}` : '';
}

/** The fields of one reported record. One object is filled again and again. */
class ReportedRecord {
  readonly #bytes: Uint8Array;
  readonly #fields: WireReader;
  readonly #timestamp: WireReader;
  readonly id: [number, number] = [0, 0];
  readonly number: [number, number] = [0, 0];
  readonly apn: [number, number] = [0, 0];
  readonly corrects: [number, number] = [0, 0];
  correction = 0;
  seconds = 0;
  nanos = 0;
  time = 0;
  up = 0;
  down = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#fields = new WireReader(bytes, 0, 0);
    this.#timestamp = new WireReader(bytes, 0, 0);
  }

  get idText(): string {
    return Buffer.from(this.#bytes.subarray(this.id[0], Math.min(this.id[1], this.id[0] + longestText))).toString(
      'latin1',
    );
  }

  /** Reads the record between two places; answers why it is malformed, or nothing. */
  read(from: number, to: number): string | undefined {
    this.#clear();
    const fields = this.#fields;
    fields.reset(from, to);
    let fault: string | undefined;
    while (fields.next()) fault ??= this.#take(fields);
    if (fields.broken) return 'the bytes are no record';
    return fault ?? this.#check();
  }

  #clear(): void {
    for (const range of [this.id, this.number, this.apn, this.corrects]) range[0] = range[1] = 0;
    this.correction = corrections.none;
    this.seconds = Number.NaN;
    this.nanos = this.up = this.down = 0;
  }

  #take(fields: WireReader): string | undefined {
    switch (fields.field) {
      case 1:
        return place(this.id, fields);
      case 2:
        return place(this.number, fields);
      case 3:
        return place(this.apn, fields);
      case 4:
        return this.#readTime(fields);
      case 5:
        this.up = fields.value;
        return fields.large || fields.value > Number.MAX_SAFE_INTEGER ? volumeFaults.up : undefined;
      case 6:
        this.down = fields.value;
        return fields.large || fields.value > Number.MAX_SAFE_INTEGER ? volumeFaults.down : undefined;
      case 7:
        this.correction = fields.value;
        return fields.large || fields.value > 2 ? 'correction is neither CANCEL nor REPLACE' : undefined;
      case 8:
        return place(this.corrects, fields);
      default:
        return undefined;
    }
  }

  #readTime(fields: WireReader): string | undefined {
    const timestamp = this.#timestamp;
    timestamp.reset(fields.from, fields.to);
    this.seconds = 0;
    this.nanos = 0;
    while (timestamp.next()) {
      if (timestamp.large) return timeFault;
      if (timestamp.field === 1) this.seconds = timestamp.value;
      else if (timestamp.field === 2) this.nanos = timestamp.value;
    }
    return timestamp.broken ? timeFault : undefined;
  }

  #check(): string | undefined {
    const length = this.id[1] - this.id[0];
    if (length === 0) return 'record_id is empty';
    if (length > longestText) return 'record_id is longer than 64 characters';
    if (this.number[1] === this.number[0]) return 'service_number is empty';
    if (this.apn[1] === this.apn[0]) return 'apn is empty';
    for (const range of [this.id, this.number, this.apn, this.corrects]) {
      for (let at = range[0]; at < range[1]; at++) {
        const byte = this.#bytes[at] ?? 0;
        if (byte < 32 || byte > 126) return unprintable(byte);
      }
    }
    this.time = (this.seconds - epochGap) * 1_000_000 + this.nanos / 1000;
    if (!(this.nanos < 1e9 && this.time >= 0 && this.time < afterLastYear)) return timeFault;
    if (this.nanos % 1000 !== 0) return 'start_time is finer than a microsecond';
    const corrected = this.corrects[1] - this.corrects[0];
    if (this.correction === corrections.none) return corrected === 0 ? undefined : 'corrects without correction';
    if (corrected === 0) return 'corrects is empty';
    return corrected > longestText ? 'corrects is longer than 64 characters' : undefined;
  }
}

function place(range: [number, number], fields: WireReader): undefined {
  range[0] = fields.from;
  range[1] = fields.to;
}
