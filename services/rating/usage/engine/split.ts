import { GrowingInts } from '../domain/growing.ts';
import { numberHash, partitionOfHash } from '../domain/partition.ts';
import { quoted, RecordFields } from '../domain/recordFields.ts';
import type { Part, Rest, Share, Split, SplitPart, SplitRequest } from './protocol.ts';
import { longestLine, plain } from './readCsv.ts';
import { WireReader } from './wire.ts';

const lineFeed = 10;
const carriageReturn = 13;
const comma = 44;
const recordsField = 3;
const numberField = 2;

/**
 * Tells the lines of some bytes apart by the owners of their partitions, without judging them: it only looks for the service number. A line without one is
 * malformed, and anybody may find that out. The lines of this process are closed up in place, the others are copied.
 */
export class Splitter {
  readonly #shares: GrowingShare[] = [];

  split(request: SplitRequest): Split {
    return new Splitting(request, this.#shares).run();
  }
}

/** The lines of one owner; used again and again. */
class GrowingShare {
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** Where the lines of this process go. */
  #ownTo = 0;
  #own: Buffer | undefined;
  readonly #numbers = new GrowingInts();
  #parts: SplitPart[] = [];
  #partFrom = 0;

  /** `own` is the input, where it is this process's share, to be closed up from `from` on. */
  begin(own: Buffer | undefined, from: number): void {
    this.#own = own;
    this.#ownTo = from;
    this.#length = 0;
    this.#parts = [];
  }

  beginPart(): void {
    this.#partFrom = this.#end;
    this.#numbers.length = 0;
  }

  add(source: Buffer, from: number, to: number, number: number): void {
    this.#numbers.push(number);
    if (this.#own) {
      if (from !== this.#ownTo) this.#own.copyWithin(this.#ownTo, from, to);
      this.#ownTo += to - from;
      return;
    }
    if (this.#length + to - from > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + to - from, 64 * 1024));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    source.copy(this.#bytes, this.#length, from, to);
    this.#length += to - from;
  }

  endPart(part: number, hasEnd: boolean, { last, overlong }: Part): void {
    const { length } = this.#numbers;
    if (length === 0) return;
    const numbers = this.#numbers.values.slice(0, length);
    const ends = { last: hasEnd && last, overlong: hasEnd && overlong };
    this.#parts.push({ part, from: this.#partFrom, to: this.#end, numbers, ...ends });
  }

  finish(owner: number): Share {
    const bytes = this.#own ? undefined : new Uint8Array(this.#bytes.subarray(0, this.#length));
    return { owner, bytes, parts: this.#parts };
  }

  get #end(): number {
    return this.#own ? this.#ownTo : this.#length;
  }
}

class Splitting {
  readonly #request: SplitRequest;
  readonly #buffer: Buffer;
  readonly #view: DataView;
  readonly #shares: GrowingShare[];
  readonly #nextLines: number[] = [];
  readonly #lastOf = new Map<number, number>();
  #linesLeft: number;
  #rest: Rest | undefined;
  /** Who got the last line, and who the one that has no end, if there is one. */
  #lastShare = 0;
  #last = -1;

  constructor(request: SplitRequest, shares: GrowingShare[]) {
    this.#request = request;
    this.#buffer = Buffer.from(request.input);
    this.#view = new DataView(request.input);
    this.#linesLeft = request.mostLines;
    const owners = Math.max(0, ...request.owners) + 1;
    while (shares.length < owners) shares.push(new GrowingShare());
    this.#shares = shares.slice(0, owners);
  }

  run(): Split {
    const { parts } = this.#request;
    for (const [owner, share] of this.#shares.entries())
      share.begin(owner === 0 ? this.#buffer : undefined, parts[0]?.from ?? 0);
    for (const [index, part] of parts.entries()) {
      for (const share of this.#shares) share.beginPart();
      this.#last = -1;
      const line = this.#lastOf.get(part.fileNo) ?? part.firstLine;
      const next = part.format === 'csv' ? this.#splitCsv(index, part, line) : this.#splitReport(index, part, line);
      this.#nextLines.push(next);
      this.#lastOf.set(part.fileNo, next);
      for (const [owner, share] of this.#shares.entries()) share.endPart(index, owner === this.#last, part);
      if (this.#rest) break;
    }
    const shares = this.#shares.map((share, owner) => share.finish(owner));
    return { shares: shares.filter((share) => share.parts.length > 0), nextLines: this.#nextLines, rest: this.#rest };
  }

  #splitCsv(index: number, part: Part, firstLine: number): number {
    const { from, to, last, overlong, fields } = part;
    const buffer = this.#buffer;
    const reader = new RecordFields(fields);
    let line = firstLine;
    let position = from;
    while (position < to && this.#linesLeft > 0) {
      const end = buffer.indexOf(lineFeed, position);
      if (end < 0 || end >= to) break;
      this.#takeLine(reader, position, end + 1, line++);
      position = end + 1;
    }
    if (position < to && this.#linesLeft > 0 && (overlong || last)) {
      if (overlong) this.#add(0, position, to, line++);
      else this.#takeLine(reader, position, to, line++);
      // Its end has a meaning only for whoever gets it.
      this.#last = this.#lastShare;
      position = to;
    }
    if (position < to) this.#rest = { part: index, position, line, spare: this.#request.spare };
    return line;
  }

  /** Empty lines are no records; they only count. */
  #takeLine(reader: RecordFields, from: number, to: number, line: number): void {
    const buffer = this.#buffer;
    let end = to;
    if (end > from && buffer[end - 1] === lineFeed) end--;
    if (end > from && buffer[end - 1] === carriageReturn) end--;
    if (end === from) {
      this.#linesLeft--;
      return;
    }
    let start = from;
    while (plain[buffer[start] ?? 0] === 1) start++;
    let stop = start + 1;
    if (buffer[start] === comma) while (plain[buffer[stop] ?? 0] === 1) stop++;
    if (buffer[start] === comma && buffer[stop] === comma && stop < end) {
      this.#add(this.#ownerOf(start + 1, stop), from, to, line);
    } else this.#add(this.#slowOwner(reader, from, end), from, to, line);
  }

  #slowOwner(reader: RecordFields, from: number, to: number): number {
    if (to - from > longestLine) return 0;
    const bytes = this.#buffer;
    // What is written behind the bytes is not needed longer than this; a batch that unquotes the line itself begins there too.
    const spare = bytes.length / 2 + from;
    const fault = reader.read(bytes, from, to);
    if (fault !== quoted || reader.unquote(bytes, from, to, spare) !== undefined) return 0;
    return this.#ownerOf(reader.number[0], reader.number[1]);
  }

  #splitReport(index: number, { from, to }: Part, firstLine: number): number {
    const message = new WireReader(this.#buffer, from, to);
    const record = new WireReader(this.#buffer, from, to);
    let line = firstLine;
    let position = from;
    while (this.#linesLeft > 0 && message.next()) {
      const start = position;
      position = message.at;
      if (message.field !== recordsField || message.wireType !== 2) continue;
      record.reset(message.from, message.to);
      let owner = 0;
      while (record.next()) {
        if (record.field === numberField && record.wireType === 2) owner = this.#ownerOf(record.from, record.to);
      }
      this.#add(record.broken ? 0 : owner, start, position, line++);
    }
    if (this.#linesLeft === 0 && position < to)
      this.#rest = { part: index, position, line, spare: this.#request.spare };
    return line;
  }

  #ownerOf(from: number, to: number): number {
    const { businessNo, owners } = this.#request;
    return owners[partitionOfHash(numberHash(this.#view, from, to, businessNo))] ?? 0;
  }

  #add(owner: number, from: number, to: number, line: number): void {
    this.#linesLeft--;
    this.#lastShare = owner;
    this.#shares[owner]?.add(this.#buffer, from, to, line);
  }
}
