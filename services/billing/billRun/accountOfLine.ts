import type { CopyRows } from '#shared/database/copyOut';
import { MovedLineReader } from '../moved/movedLineReader.ts';

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
  /** Whether the row is that of the line before; a line comes once. */
  #isTaken = false;
  /** The lines of the batch; made where the two sides differ, which most never do. */
  #inBatch: ReadonlySet<string> | undefined;
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
  find({ id, bytes }: MovedLineReader): boolean {
    if (this.#isTaken) this.#isThere = this.#next();
    this.#isTaken = false;
    while (this.#isThere) {
      if (!this.#differ(this.#line, this.#lineTo, bytes, id.from, id.to)) return this.#found();
      // Both are in one order: what comes first is what the other side does not have.
      this.#inBatch ??= idsOf(bytes);
      if (this.#inBatch.has(this.bytes.toString('utf8', this.#line, this.#lineTo))) return false;
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
    this.#isTaken = true;
    this.isSame = !this.#differ(this.#account, this.#accountTo, this.bytes, this.#previous, this.#previousTo);
    this.#previous = this.#account;
    this.#previousTo = this.#accountTo;
    return true;
  }

  #next(): boolean {
    const rows = this.#rows;
    if (!rows.row()) return false;
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

  #differ(from: number, to: number, other: Uint8Array, otherFrom: number, otherTo: number): boolean {
    const { bytes } = this;
    const length = to - from;
    if (length !== otherTo - otherFrom) return true;
    // Ids differ at their ends first: they are made one after another.
    for (let index = length - 1; index >= 0; index--) if (bytes[from + index] !== other[otherFrom + index]) return true;
    return false;
  }
}

function idsOf(batch: Uint8Array): Set<string> {
  const ids = new Set<string>();
  const lines = new MovedLineReader(batch);
  while (lines.next()) ids.add(lines.text(lines.id));
  return ids;
}
