import { corrections } from './outcomes.ts';
import { parseTime } from './usageTime.ts';

const comma = 44;
const quote = 34;
const longestText = 64;
/** Largest volume of a record: what a JSON number and a double hold exactly. */
export const largestVolume = Number.MAX_SAFE_INTEGER;

/** How many fields a record has: two more in files with corrections. */
export type FieldCount = 6 | 8;

const tooFew = { 6: 'fewer than six fields', 8: 'fewer than eight fields' } as const;
const tooMany = { 6: 'more than six fields', 8: 'more than eight fields' } as const;
export const volumeFaults = {
  up: 'bytes_up is not a whole number from 0 to 9007199254740991',
  down: 'bytes_down is not a whole number from 0 to 9007199254740991',
};
export const timeFault = 'start_time is not an RFC 3339 time of the years 2000 to 2100';

/**
 * The fields of one record: places in `bytes` for the texts, numbers for the rest. One object is filled again and again, so that
 * reading a million records makes no million objects.
 */
export class RecordFields {
  /** Ends of the fields; field n begins one behind the end of field n-1. */
  readonly #ends = new Int32Array(8);
  readonly #count: FieldCount;
  readonly id: [number, number] = [0, 0];
  readonly number: [number, number] = [0, 0];
  readonly apn: [number, number] = [0, 0];
  readonly corrects: [number, number] = [0, 0];
  correction: number = corrections.none;
  time = 0;
  up = 0;
  down = 0;

  constructor(count: FieldCount = 6) {
    this.#count = count;
  }

  /** Reads the record between two places; answers why it is malformed, `quoted`, or nothing. */
  read(bytes: Uint8Array, from: number, to: number): string | undefined {
    const ends = this.#ends;
    const last = this.#count - 1;
    let count = 0;
    for (let position = from; position < to; position++) {
      const byte = bytes[position] ?? 0;
      if (byte === comma) {
        if (count === last) return tooMany[this.#count];
        ends[count++] = position;
      } else if (byte === quote) {
        return quoted;
      } else if (byte < 32 || byte > 126) {
        return unprintable(byte);
      }
    }
    if (count < last) return tooFew[this.#count];
    ends[last] = to;
    return this.#interpret(bytes, from);
  }

  #interpret(bytes: Uint8Array, from: number): string | undefined {
    const [e0 = 0, e1 = 0, e2 = 0, e3 = 0, e4 = 0, e5 = 0] = this.#ends;
    if (e0 === from) return 'record_id is empty';
    if (e0 - from > longestText) return 'record_id is longer than 64 characters';
    if (e1 === e0 + 1) return 'service_number is empty';
    if (e2 === e1 + 1) return 'apn is empty';
    this.time = parseTime(bytes, e2 + 1, e3);
    if (Number.isNaN(this.time)) return timeFault;
    this.up = volume(bytes, e3 + 1, e4);
    if (this.up < 0) return volumeFaults.up;
    this.down = volume(bytes, e4 + 1, e5);
    if (this.down < 0) return volumeFaults.down;
    this.id[0] = from;
    this.id[1] = e0;
    this.number[0] = e0 + 1;
    this.number[1] = e1;
    this.apn[0] = e1 + 1;
    this.apn[1] = e2;
    return this.#count === 8 ? this.#interpretCorrection(bytes) : undefined;
  }

  #interpretCorrection(bytes: Uint8Array): string | undefined {
    const [, , , , , e5 = 0, e6 = 0, e7 = 0] = this.#ends;
    const length = e7 - e6 - 1;
    this.corrects[0] = e6 + 1;
    this.corrects[1] = e7;
    this.correction = corrections.none;
    if (e6 === e5 + 1) return length === 0 ? undefined : 'corrects without correction';
    const kind = Buffer.from(bytes.subarray(e5 + 1, Math.min(e6, e5 + 9))).toString('latin1');
    if (kind !== 'CANCEL' && kind !== 'REPLACE') return 'correction is neither CANCEL nor REPLACE';
    this.correction = kind === 'CANCEL' ? corrections.cancel : corrections.replace;
    if (length === 0) return 'corrects is empty';
    return length > longestText ? 'corrects is longer than 64 characters' : undefined;
  }

  /**
   * The same for a record with quotes (RFC 4180): its text without them is written to `spare`, where the fields then lie.
   * A comma inside quotes stays part of its field.
   */
  unquote(bytes: Uint8Array, from: number, to: number, spare: number): string | undefined {
    const most = this.#count;
    let written = spare;
    let count = 0;
    let position = from;
    while (true) {
      if (bytes[position] === quote) {
        const end = copyQuoted(bytes, position + 1, to, written);
        if (end < 0) return 'a quote is not closed';
        written += copied;
        position = end;
        if (position < to && bytes[position] !== comma) return 'text after a closing quote';
      } else {
        for (; position < to && bytes[position] !== comma; position++) {
          if (bytes[position] === quote) return 'a quote inside an unquoted field';
          bytes[written++] = bytes[position] ?? 0;
        }
      }
      if (count === most) return tooMany[most];
      this.#ends[count++] = written;
      if (position >= to) break;
      position++;
      bytes[written++] = comma;
    }
    if (count < most) return tooFew[most];
    for (let at = spare; at < written; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < 32 || byte > 126) return unprintable(byte);
    }
    return this.#interpret(bytes, spare);
  }
}

/** The answer of `read` for a record that `unquote` must read. */
export const quoted = 'quoted';

export function unprintable(byte: number): string {
  return byte > 126 ? 'a byte outside of printable ASCII' : 'a control character';
}

/** How many bytes `copyQuoted` wrote last; it cannot answer with two numbers without making an object. */
let copied = 0;

/** Copies a quoted field without its quotes; answers the place behind the closing one, or -1. */
function copyQuoted(bytes: Uint8Array, from: number, to: number, target: number): number {
  let written = target;
  for (let position = from; position < to; position++) {
    if (bytes[position] !== quote) bytes[written++] = bytes[position] ?? 0;
    else if (bytes[position + 1] === quote && position + 1 < to) bytes[written++] = bytes[position++] ?? 0;
    else {
      copied = written - target;
      return position + 1;
    }
  }
  return -1;
}

/** Decimal digits as a number up to 2^53-1, or -1. */
function volume(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to) return -1;
  let value = 0;
  for (let position = from; position < to; position++) {
    const digit = (bytes[position] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    // Past this the next digit could leave the doubles that are exact.
    if (value > 900_719_925_474_099) return -1;
    value = value * 10 + digit;
    if (value > largestVolume) return -1;
  }
  return value;
}
