import { WireReader } from '#shared/wire/wireReader';

/** Where something is in the bytes of a batch: from, and to before. */
interface Span {
  from: number;
  to: number;
}

const bytesMetric = Buffer.from('bytes');
const eventsMetric = Buffer.from('events');

/** Digits of a volume that a double holds exactly. */
const safeDigits = 15;

/**
 * Goes through the lines of an event UsageMoved where they stand in its body. There are millions of them at a month's end, so none becomes an object: the
 * fields here are those of the line that `next` has found.
 */
export class MovedLineReader {
  readonly bytes: Uint8Array;
  readonly id: Span = { from: 0, to: 0 };
  /** Of the line, or of the last line before it that named one. */
  readonly customer: Span = { from: 0, to: 0 };
  /** Whether the line names the customer itself. */
  namesCustomer = false;
  /** The digits of the volume; empty where nothing was used. */
  readonly volume: Span = { from: 0, to: 0 };
  records = 0;
  plan = 0;
  activeDays = 0;
  /** Whether that is all there is to say of the line: no portions, and no totals but a whole number of bytes and the records as events. */
  isPlain = true;
  /** The line as a whole: a MovedLine. */
  readonly line: Span = { from: 0, to: 0 };
  readonly #batch: WireReader;
  readonly #inLine: WireReader;
  readonly #inTotal: WireReader;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#batch = new WireReader(bytes);
    this.#inLine = new WireReader(bytes, 0, 0);
    this.#inTotal = new WireReader(bytes, 0, 0);
  }

  next(): boolean {
    const batch = this.#batch;
    while (batch.next()) {
      if (batch.field !== 4 || batch.type !== 2) {
        batch.skip();
        continue;
      }
      const to = batch.length();
      this.line.from = batch.at;
      this.line.to = to;
      batch.at = to;
      this.#readLine();
      return true;
    }
    return false;
  }

  /** The volume of a plain line. */
  volumeOf(): bigint {
    const { from, to } = this.volume;
    if (to - from > safeDigits) return BigInt(this.text(this.volume));
    let value = 0;
    for (let at = from; at < to; at++) value = value * 10 + (this.bytes[at] as number) - 48;
    return BigInt(value);
  }

  text({ from, to }: Span): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, to - from).toString();
  }

  #readLine(): void {
    const fields = this.#inLine;
    fields.within(this.line.from, this.line.to);
    this.id.to = this.id.from;
    this.volume.to = this.volume.from;
    this.namesCustomer = false;
    this.records = this.plan = this.activeDays = 0;
    this.isPlain = true;
    let events: number | undefined;
    while (fields.next()) {
      switch (fields.field) {
        case 1:
          this.#span(this.id);
          break;
        case 2: {
          const counted = this.#readTotal();
          if (counted !== undefined) events = counted;
          break;
        }
        case 3:
          this.records = fields.varint();
          break;
        case 5:
          this.#span(this.customer);
          this.namesCustomer = true;
          break;
        case 6:
          this.plan = fields.varint();
          break;
        case 7:
          this.activeDays = fields.varint();
          break;
        default:
          // Portions, or what is not known here.
          this.isPlain = false;
          fields.skip();
      }
    }
    if (events !== undefined && events !== this.records) this.isPlain = false;
  }

  #span(span: Span): void {
    const to = this.#inLine.length();
    span.from = this.#inLine.at;
    span.to = to;
    this.#inLine.at = to;
  }

  /** Reads a total; the number where it is one of events. */
  #readTotal(): number | undefined {
    const to = this.#inLine.length();
    const total = this.#inTotal;
    total.within(this.#inLine.at, to);
    this.#inLine.at = to;
    let isBytes = false;
    let isEvents = false;
    let from = to;
    let end = to;
    while (total.next()) {
      if (total.field > 2 || total.type !== 2) {
        this.isPlain = false;
        total.skip();
        continue;
      }
      const next = total.length();
      if (total.field === 1) {
        isBytes = this.#is(bytesMetric, total.at, next);
        isEvents = !isBytes && this.#is(eventsMetric, total.at, next);
      } else {
        from = total.at;
        end = next;
      }
      total.at = next;
    }
    if (!this.#isWhole(from, end) || !(isBytes || isEvents)) {
      this.isPlain = false;
      return undefined;
    }
    if (isBytes) {
      this.volume.from = from;
      this.volume.to = end;
      return undefined;
    }
    return Number(this.text({ from, to: end }));
  }

  #is(metric: Uint8Array, from: number, to: number): boolean {
    if (to - from !== metric.length) return false;
    for (let index = 0; index < metric.length; index++) if (this.bytes[from + index] !== metric[index]) return false;
    return true;
  }

  #isWhole(from: number, to: number): boolean {
    if (to === from || to - from > 40) return false;
    for (let at = from; at < to; at++) {
      const digit = this.bytes[at] as number;
      if (digit < 48 || digit > 57) return false;
    }
    return true;
  }
}
