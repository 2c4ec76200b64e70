import { quoted, RecordFields } from '../domain/recordFields.ts';
import { parseTime } from '../domain/usageTime.ts';
import type { Batch } from './columns.ts';
import type { Judge } from './judge.ts';
import type { Part } from './protocol.ts';

export const longestLine = 64 * 1024;
const lineFeed = 10;
const carriageReturn = 13;
const comma = 44;
const longestText = 64;
const tooLong = 'the line is longer than 64 KiB';

/** 1 for what may stand in a field without quotes: printable ASCII but comma and quote. */
export const plain = new Uint8Array(256);
for (let byte = 32; byte < 127; byte++) plain[byte] = byte === comma || byte === 34 ? 0 : 1;

/** What the fast way has read; module variables, so that nothing is allocated a record. */
const fast = { idTo: 0, numberTo: 0, apnTo: 0, to: 0, time: 0, up: 0, down: 0 };

/** Reads the lines of a part one after the other; each ends as a record that is being judged or as malformed. */
export function readCsv(batch: Batch, part: number, judge: Judge): void {
  const piece = batch.parts[part];
  if (piece) new CsvReader(batch, part, piece, judge).read();
}

class CsvReader {
  readonly #batch: Batch;
  readonly #part: number;
  readonly #piece: Part;
  readonly #judge: Judge;
  readonly #fields: RecordFields;
  readonly #numbers: Int32Array | undefined;
  #line: number;

  constructor(batch: Batch, part: number, piece: Part, judge: Judge) {
    this.#batch = batch;
    this.#part = part;
    this.#piece = piece;
    this.#judge = judge;
    this.#fields = new RecordFields(piece.fields);
    this.#numbers = piece.numbers;
    this.#line = batch.firstLineOf(part);
  }

  read(): void {
    const batch = this.#batch;
    const { bytes, buffer } = batch;
    const { from, to, fields, last, overlong } = this.#piece;
    const isSimple = fields === 6;
    let position = from;
    while (position < to && batch.linesLeft > 0) {
      const fastEnd = isSimple ? readFast(bytes, position) : -1;
      if (fastEnd >= 0 && fastEnd < to) {
        batch.linesLeft--;
        this.#takeFast(position);
        position = fastEnd + 1;
        continue;
      }
      const end = buffer.indexOf(lineFeed, position);
      if (end < 0 || end >= to) break;
      batch.linesLeft--;
      this.#readLine(position, end);
      position = end + 1;
    }
    if (position < to && batch.linesLeft > 0 && overlong) {
      this.#malformed(this.#nextNumber(), tooLong, position, to);
      position = to;
    }
    if (position < to && batch.linesLeft > 0 && last) {
      const before = batch.columns.count;
      batch.linesLeft--;
      this.#readLine(position, to);
      if (batch.columns.count > before) this.#judge.markUnterminated(before);
      position = to;
    }
    batch.nextLine[this.#part] = this.#line;
    if (position < to) batch.rest = { part: this.#part, position, line: this.#line, spare: batch.spare };
  }

  #takeFast(from: number): void {
    const { columns } = this.#batch;
    const index = columns.count++;
    columns.idFrom[index] = from;
    columns.idTo[index] = fast.idTo;
    columns.textFrom[index] = from;
    columns.textTo[index] = fast.to;
    columns.time[index] = fast.time;
    columns.up[index] = fast.up;
    columns.down[index] = fast.down;
    columns.fileLine[index] = this.#nextNumber();
    columns.part[index] = this.#part;
    this.#judge.take(index, fast.idTo + 1, fast.numberTo, fast.numberTo + 1, fast.apnTo, 0);
  }

  #readLine(from: number, lineEnd: number): void {
    const { bytes, columns } = this.#batch;
    const to = lineEnd > from && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    const line = this.#nextNumber();
    if (to === from) return;
    const fault = to - from > longestLine ? tooLong : this.#parse(from, to);
    if (fault !== undefined) {
      this.#malformed(line, fault, from, to);
      return;
    }
    const fields = this.#fields;
    const index = columns.count++;
    columns.idFrom[index] = fields.id[0];
    columns.idTo[index] = fields.id[1];
    columns.textFrom[index] = from;
    columns.textTo[index] = to;
    columns.correctsFrom[index] = fields.corrects[0];
    columns.correctsTo[index] = fields.corrects[1];
    columns.time[index] = fields.time;
    columns.up[index] = fields.up;
    columns.down[index] = fields.down;
    columns.fileLine[index] = line;
    columns.part[index] = this.#part;
    this.#judge.take(index, fields.number[0], fields.number[1], fields.apn[0], fields.apn[1], fields.correction);
  }

  #nextNumber(): number {
    const line = this.#line++;
    return this.#numbers === undefined ? line : (this.#numbers[line] ?? 0);
  }

  #parse(from: number, to: number): string | undefined {
    const batch = this.#batch;
    const fault = this.#fields.read(batch.bytes, from, to);
    if (fault !== quoted) return fault;
    const unquoted = this.#fields.unquote(batch.bytes, from, to, batch.spare);
    if (unquoted === undefined) batch.spare += to - from;
    return unquoted;
  }

  #malformed(line: number, fault: string, from: number, to: number): void {
    const batch = this.#batch;
    batch.malformed[this.#part] = (batch.malformed[this.#part] ?? 0) + 1;
    batch.rejections.add(this.#piece.fileNo, line, 'MALFORMED', fault, from, to);
  }
}

/**
 * Reads the usual line: six plain fields, the time with `Z`, both volumes of at most 15 digits. Answers where the line
 * ends, or -1 for any other line, which `RecordFields` then looks at in full.
 */
function readFast(bytes: Uint8Array, from: number): number {
  let at = from;
  while (plain[bytes[at] ?? 0] === 1) at++;
  if (bytes[at] !== comma || at === from || at - from > longestText) return -1;
  fast.idTo = at++;
  while (plain[bytes[at] ?? 0] === 1) at++;
  if (bytes[at] !== comma || at === fast.idTo + 1) return -1;
  fast.numberTo = at++;
  while (plain[bytes[at] ?? 0] === 1) at++;
  if (bytes[at] !== comma || at === fast.numberTo + 1) return -1;
  fast.apnTo = at++;
  if (bytes[at + 20] !== comma || bytes[at + 19] !== 90) return -1;
  const time = parseTime(bytes, at, at + 20);
  if (Number.isNaN(time)) return -1;
  fast.time = time;
  at += 21;
  let start = at;
  let value = 0;
  for (let digit = (bytes[at] ?? 0) - 48; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - 48)
    value = value * 10 + digit;
  if (bytes[at] !== comma || at === start || at - start > 15) return -1;
  fast.up = value;
  start = ++at;
  value = 0;
  for (let digit = (bytes[at] ?? 0) - 48; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - 48)
    value = value * 10 + digit;
  if (at === start || at - start > 15) return -1;
  if (at - from > longestLine) return -1;
  fast.down = value;
  fast.to = at;
  if (bytes[at] === carriageReturn) at++;
  return bytes[at] === lineFeed ? at : -1;
}
