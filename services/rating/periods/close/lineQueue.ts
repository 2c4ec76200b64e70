import type { LinePage } from './orderedLines.ts';

/** Lines that were read and are not handed over yet, page after page as they came; `at` shows one of them without making an object of it. */
export class LineQueue {
  /** The line that `at` was asked for: its page, and where in it. */
  page: LinePage | undefined;
  index = 0;
  readonly #pages: LinePage[] = [];
  /** How many lines of the first page are handed over. */
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(page: LinePage): void {
    if (page.count === 0) return;
    this.#pages.push(page);
    this.#length += page.count;
  }

  /** Lets the first lines go. */
  take(count: number): void {
    this.#length -= count;
    this.#taken += count;
    for (let [first] = this.#pages; first && this.#taken >= first.count; [first] = this.#pages) {
      this.#taken -= first.count;
      this.#pages.shift();
    }
  }

  at(place: number): this {
    let index = place + this.#taken;
    for (const page of this.#pages) {
      if (index < page.count) {
        this.page = page;
        this.index = index;
        return this;
      }
      index -= page.count;
    }
    throw new RangeError(`there is no line ${place} of ${this.#length}`);
  }

  accountAt(place: number): number {
    const { page, index } = this.at(place);
    return page?.account[index] ?? 0;
  }

  /** Whether two lines are one customer's. */
  isSameCustomer(place: number, other: number): boolean {
    const { page: a, index } = this.at(place);
    const { page: b, index: otherIndex } = this.at(other);
    if (!a || !b) return false;
    const from = a.customerFrom[index] as number;
    const otherFrom = b.customerFrom[otherIndex] as number;
    const length = (a.customerTo[index] as number) - from;
    if (length !== (b.customerTo[otherIndex] as number) - otherFrom) return false;
    for (let at = 0; at < length; at++) if (a.bytes[from + at] !== b.bytes[otherFrom + at]) return false;
    return true;
  }
}
