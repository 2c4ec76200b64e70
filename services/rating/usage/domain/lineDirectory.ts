import { GrowingBytes, GrowingDoubles, GrowingInts } from './growing.ts';
import { numberHash, partitionOfHash } from './partition.ts';

/** A rating account as judging needs it. */
export interface DirectoryLine {
  accountNo: number;
  serviceNumber: string;
  apn: string;
  /** Stretches in service as usage times: start, end, start, end, …; an open end is Infinity. */
  active: number[];
}

export const apnMismatch = -2;
export const lineNotActive = -3;

const numberField = { hash: 0, from: 1, length: 2, firstLine: 3 } as const;
const numberRow = 4;
const lineField = { account: 0, number: 1, apn: 2, activeFrom: 3, activeTo: 4, next: 5 } as const;
const lineRow = 8;

/**
 * The lines of one business by the bytes of their service numbers: an open-addressing hash table over typed arrays, because a
 * look-up per record must make no string and a million lines must not be a million objects. A number that was given to
 * another line later has several lines.
 */
export class LineDirectory {
  readonly #businessNo: number;
  readonly #text = new GrowingBytes();
  /** Rows of `numberRow` integers: what is looked at together stands together, so that a look-up touches little memory. */
  readonly #numbers = new GrowingInts();
  readonly #lines = new GrowingInts();
  readonly #active = new GrowingDoubles();
  /** The line of an account, plus one. */
  readonly #byAccount = new GrowingInts();
  readonly #apns: Uint8Array[] = [];
  readonly #apnIds = new Map<string, number>();
  #table = new Int32Array(1024).fill(-1);
  /** All account changes up to this one are in the directory. */
  revision = -1n;

  constructor(businessNo: number) {
    this.#businessNo = businessNo;
  }

  /** How many lines there are; they are numbered from 0. */
  get size(): number {
    return this.#lines.length / lineRow;
  }

  /** Adds a line or replaces what is known of it. A line never changes its service number. */
  put({ accountNo, serviceNumber, apn, active }: DirectoryLine): void {
    const known = this.#byAccount.at(accountNo) - 1;
    const line = known >= 0 ? known : this.#add(accountNo, Buffer.from(serviceNumber));
    const row = line * lineRow;
    this.#lines.set(row + lineField.apn, this.#apnId(apn));
    this.#lines.set(row + lineField.activeFrom, this.#active.length);
    for (const bound of active) this.#active.push(bound);
    this.#lines.set(row + lineField.activeTo, this.#active.length);
  }

  /** The hash of a service number, by which it is found and its partition follows. */
  hash(view: DataView, from: number, to: number): number {
    return numberHash(view, from, to, this.#businessNo);
  }

  /** The service number among all, or -1 if no line has it. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#table.length - 1;
    const numbers = this.#numbers.values;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#table[slot] ?? -1;
      if (number < 0 || (numbers[number * numberRow] === hash && this.#isNumber(number, bytes, from, to)))
        return number;
    }
  }

  /** The line of a number that a record belongs to, or why there is none (negative): wrong APN, not in service. */
  lineOf(number: number, bytes: Uint8Array, apnFrom: number, apnTo: number, time: number): number {
    const lines = this.#lines.values;
    let result = apnMismatch;
    let line = this.#numbers.at(number * numberRow + numberField.firstLine);
    while (line >= 0) {
      const row = line * lineRow;
      if (this.#isApn(lines[row + lineField.apn] ?? 0, bytes, apnFrom, apnTo)) {
        if (this.#isActive(lines[row + lineField.activeFrom] ?? 0, lines[row + lineField.activeTo] ?? 0, time))
          return line;
        result = lineNotActive;
      }
      line = lines[row + lineField.next] ?? -1;
    }
    return result;
  }

  hashOf(number: number): number {
    return this.#numbers.at(number * numberRow);
  }

  partitionOf(number: number): number {
    return partitionOfHash(this.hashOf(number));
  }

  accountOf(line: number): number {
    return this.#lines.at(line * lineRow + lineField.account);
  }

  numberOfLine(line: number): number {
    return this.#lines.at(line * lineRow + lineField.number);
  }

  lineOfAccount(accountNo: number): number {
    return this.#byAccount.at(accountNo) - 1;
  }

  /** The service number of an account, or -1. */
  numberOfAccount(accountNo: number): number {
    const line = this.#byAccount.at(accountNo) - 1;
    return line < 0 ? -1 : this.numberOfLine(line);
  }

  #add(accountNo: number, text: Buffer): number {
    const line = this.size;
    const row = line * lineRow;
    this.#byAccount.set(accountNo, line + 1);
    this.#lines.set(row + lineRow - 1, 0);
    this.#lines.set(row + lineField.account, accountNo);
    this.#lines.set(row + lineField.next, -1);
    const hash = this.hash(new DataView(text.buffer, text.byteOffset, text.length), 0, text.length);
    const known = this.find(text, 0, text.length, hash);
    if (known >= 0) {
      const first = this.#numbers.at(known * numberRow + numberField.firstLine) * lineRow;
      this.#lines.set(row + lineField.next, this.#lines.at(first + lineField.next));
      this.#lines.set(first + lineField.next, line);
      this.#lines.set(row + lineField.number, known);
      return line;
    }
    const number = this.#numbers.length / numberRow;
    for (const value of [hash, this.#text.append(text), text.length, line]) this.#numbers.push(value);
    this.#lines.set(row + lineField.number, number);
    if ((number + 1) * 2 <= this.#table.length) this.#enter(number);
    else {
      this.#table = new Int32Array(this.#table.length * 2).fill(-1);
      for (let each = 0; each <= number; each++) this.#enter(each);
    }
    return line;
  }

  #enter(number: number): void {
    const mask = this.#table.length - 1;
    let slot = this.hashOf(number) & mask;
    while ((this.#table[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.#table[slot] = number;
  }

  #apnId(apn: string): number {
    const known = this.#apnIds.get(apn);
    if (known !== undefined) return known;
    const id = this.#apns.push(Buffer.from(apn)) - 1;
    this.#apnIds.set(apn, id);
    return id;
  }

  #isNumber(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    const numbers = this.#numbers.values;
    const row = number * numberRow;
    if (numbers[row + numberField.length] !== length) return false;
    const text = this.#text.values;
    const start = numbers[row + numberField.from] ?? 0;
    for (let index = 0; index < length; index++) if (text[start + index] !== bytes[from + index]) return false;
    return true;
  }

  #isApn(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const apn = this.#apns[id];
    if (!apn || apn.length !== to - from) return false;
    for (let index = 0; index < apn.length; index++) if (apn[index] !== bytes[from + index]) return false;
    return true;
  }

  #isActive(from: number, to: number, time: number): boolean {
    const bounds = this.#active.values;
    for (let index = from; index < to; index += 2) {
      if (time >= (bounds[index] ?? 0) && time < (bounds[index + 1] ?? 0)) return true;
    }
    return false;
  }
}
