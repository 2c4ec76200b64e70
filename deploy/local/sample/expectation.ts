/** Why a record is refused, in the words of rating. */
export type RejectionReason = 'MALFORMED' | 'UNKNOWN_LINE' | 'APN_MISMATCH' | 'LINE_NOT_ACTIVE' | 'FUTURE';

export interface LineTotal {
  readonly bytes: bigint;
  readonly records: number;
}

/** What an import of the file must end with, if nothing of it was there before and its month is open. */
export class Expectation {
  records = 0;
  rated = 0;
  duplicate = 0;
  rejected = 0;
  /** Records that come later than younger ones; they are rated like any other. */
  outOfOrder = 0;
  readonly byReason: Partial<Record<RejectionReason, number>> = {};
  // Numbers while counting, for speed; a line's month stays far below 2^53 bytes.
  readonly #bytes = new Map<string, number>();
  readonly #records = new Map<string, number>();

  addRated(serviceNumber: string, bytes: number): void {
    this.records++;
    this.rated++;
    this.#bytes.set(serviceNumber, (this.#bytes.get(serviceNumber) ?? 0) + bytes);
    this.#records.set(serviceNumber, (this.#records.get(serviceNumber) ?? 0) + 1);
  }

  addDuplicate(): void {
    this.records++;
    this.duplicate++;
  }

  addRejected(reason: RejectionReason): void {
    this.records++;
    this.rejected++;
    this.byReason[reason] = (this.byReason[reason] ?? 0) + 1;
  }

  /** The exact total of a line. */
  total(serviceNumber: string): LineTotal {
    return {
      bytes: BigInt(this.#bytes.get(serviceNumber) ?? 0),
      records: this.#records.get(serviceNumber) ?? 0,
    };
  }

  /** The exact total of all lines. */
  get ratedBytes(): bigint {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + BigInt(bytes), 0n);
  }
}
