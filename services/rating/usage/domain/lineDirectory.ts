/** A rating account as the classifier needs it. */
export interface DirectoryLine {
  accountNo: number;
  serviceNumber: string;
  apn: string;
  /** Stretches in service as usage times: start, end, start, end, …; an open end is Infinity. */
  active: number[];
}

export const unknownLine = -1;
export const apnMismatch = -2;
export const lineNotActive = -3;

interface Entry {
  accountNo: number;
  number: Uint8Array;
  apn: Uint8Array;
  active: Float64Array;
  /** The next entry with the same service number, or -1. */
  next: number;
}

/**
 * The lines of one business by the bytes of their service numbers: an open-addressing hash table, because a look-up
 * per record must make no string. A number that was given to another line later has several entries.
 */
export class LineDirectory {
  readonly #entries: Entry[] = [];
  readonly #byAccount = new Map<number, number>();
  #table = new Int32Array(1024).fill(-1);
  #numbers = 0;
  /** All account changes up to this one are in the directory. */
  revision = -1n;

  get size(): number {
    return this.#entries.length;
  }

  /** Adds a line or replaces what is known of it. A line never changes its service number. */
  put(line: DirectoryLine): void {
    const entry: Entry = {
      accountNo: line.accountNo,
      number: Buffer.from(line.serviceNumber),
      apn: Buffer.from(line.apn),
      active: Float64Array.from(line.active),
      next: -1,
    };
    const known = this.#byAccount.get(line.accountNo);
    if (known !== undefined) {
      entry.next = this.#entries[known]?.next ?? -1;
      this.#entries[known] = entry;
      return;
    }
    const index = this.#entries.push(entry) - 1;
    this.#byAccount.set(line.accountNo, index);
    const slot = this.#find(entry.number, 0, entry.number.length);
    const first = this.#entries[this.#table[slot] ?? -1];
    if (first) {
      entry.next = first.next;
      first.next = index;
      return;
    }
    this.#table[slot] = index;
    if (++this.#numbers * 2 > this.#table.length) this.#grow();
  }

  /** The account that a record belongs to, or why there is none (negative): no such number, wrong APN, not in service. */
  resolve(bytes: Uint8Array, number: [number, number], apn: [number, number], time: number): number {
    let index = this.#table[this.#find(bytes, number[0], number[1])] ?? -1;
    if (index < 0) return unknownLine;
    let result = apnMismatch;
    while (index >= 0) {
      const entry: Entry | undefined = this.#entries[index];
      if (!entry) break;
      if (equals(entry.apn, bytes, apn[0], apn[1])) {
        if (isActive(entry.active, time)) return entry.accountNo;
        result = lineNotActive;
      }
      index = entry.next;
    }
    return result;
  }

  /** The table slot that holds the number, or the free one where it belongs. */
  #find(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#table.length - 1;
    for (let slot = hash(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#entries[this.#table[slot] ?? -1];
      if (!entry || equals(entry.number, bytes, from, to)) return slot;
    }
  }

  #grow(): void {
    const heads = this.#table.filter((index) => index >= 0);
    this.#table = new Int32Array(this.#table.length * 2).fill(-1);
    for (const index of heads) {
      const number = this.#entries[index]?.number ?? new Uint8Array();
      this.#table[this.#find(number, 0, number.length)] = index;
    }
  }
}

function isActive(active: Float64Array, time: number): boolean {
  for (let index = 0; index < active.length; index += 2) {
    if (time >= (active[index] ?? 0) && time < (active[index + 1] ?? 0)) return true;
  }
  return false;
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  let value = 0x811c9dc5;
  for (let position = from; position < to; position++) value = Math.imul(value ^ (bytes[position] ?? 0), 0x01000193);
  return value ^ (value >>> 15);
}

function equals(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}
