import type { CopyRows } from '#shared/database/copyOut';
import type { MovedLineReader } from '../moved/movedLineReader.ts';

/** Goes along the charge accounts (as `chargeAccountsBetween` answers them) beside the lines of a batch, which are in the same order. */
export class AccountOfLine {
  readonly bytes: Buffer;
  serviceNumberFrom = 0;
  serviceNumberTo = 0;
  hasEmail = false;
  hasAddress = false;
  /** Whether the account is that of the line before. */
  isSame = false;
  readonly #rows: CopyRows;
  #isThere: boolean;
  #customer = 0;
  #customerTo = 0;
  #line = 0;
  #lineTo = 0;
  #account = 0;
  #accountTo = 0;
  /** The account of the line that was found last. */
  #previous = 0;
  #previousTo = 0;

  constructor(rows: CopyRows) {
    this.#rows = rows;
    this.bytes = rows.bytes;
    this.#isThere = this.#next();
  }

  /** Moves to the line's charge account; false if it has none. Those of lines that were not handed over are passed by. */
  find(line: MovedLineReader): boolean {
    const { id, customer, bytes } = line;
    while (this.#isThere) {
      const byLine = this.#compare(this.#line, this.#lineTo, bytes, id.from, id.to);
      if (byLine === 0) return this.#found();
      const byCustomer = this.#compare(this.#customer, this.#customerTo, bytes, customer.from, customer.to);
      if (byCustomer > 0 || (byCustomer === 0 && byLine > 0)) return false;
      this.#isThere = this.#next();
    }
    return false;
  }

  accountId(): string {
    return this.bytes.toString('utf8', this.#account, this.#accountTo);
  }

  serviceNumber(): string {
    return this.bytes.toString('utf8', this.serviceNumberFrom, this.serviceNumberTo);
  }

  #found(): true {
    this.isSame = this.#compare(this.#account, this.#accountTo, this.bytes, this.#previous, this.#previousTo) === 0;
    this.#previous = this.#account;
    this.#previousTo = this.#accountTo;
    return true;
  }

  #next(): boolean {
    const rows = this.#rows;
    if (!rows.row()) return false;
    rows.column();
    this.#customer = rows.at;
    this.#customerTo = rows.end;
    rows.column();
    this.#line = rows.at;
    this.#lineTo = rows.end;
    rows.column();
    this.#account = rows.at;
    this.#accountTo = rows.end;
    rows.column();
    this.serviceNumberFrom = rows.at;
    this.serviceNumberTo = rows.end;
    this.hasEmail = rows.boolean();
    this.hasAddress = rows.boolean();
    return true;
  }

  #compare(from: number, to: number, other: Uint8Array, otherFrom: number, otherTo: number): number {
    const { bytes } = this;
    const length = Math.min(to - from, otherTo - otherFrom);
    for (let index = 0; index < length; index++) {
      const difference = (bytes[from + index] as number) - (other[otherFrom + index] as number);
      if (difference !== 0) return difference;
    }
    return to - from - (otherTo - otherFrom);
  }
}
