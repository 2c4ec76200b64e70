import { BodyComponentKind } from '#proto/billing/v1/invoice_body';
import type { WireWriter } from '#shared/wire/wireWriter';
import type { MovedLineReader } from '../moved/movedLineReader.ts';
import type { PricedPlan } from './pricedPlan.ts';

/** What a line that a plan has priced comes to. */
export interface WrittenLine {
  place: number;
  usageBytes: bigint;
  minor: bigint;
  /** How many of its components say anything. */
  charges: number;
}

/** Prices lines by their plans and writes them as entries of an invoice's body. One for many lines: its arrays are used again. */
export class LineWriter {
  readonly #out: WireWriter;
  readonly #quantities: bigint[] = [];
  readonly #amounts: bigint[] = [];
  readonly #line: WrittenLine = { place: 0, usageBytes: 0n, minor: 0n, charges: 0 };

  constructor(out: WireWriter) {
    this.#out = out;
  }

  /** The service number stands in other bytes, `from` to before `to`. Good until the next call. */
  write(
    line: MovedLineReader,
    plan: PricedPlan,
    place: number,
    serviceNumber: Uint8Array,
    from: number,
    to: number,
  ): WrittenLine {
    const out = this.#out;
    const amounts = this.#amounts;
    const written = this.#line;
    written.place = place;
    written.usageBytes = line.volumeOf();
    this.#price(line, plan, written);
    const start = out.begin(2);
    out.bytesOf(1, line.bytes, line.id.from, line.id.to);
    out.bytesOf(2, serviceNumber, from, to);
    out.unsigned(3, place);
    out.unsigned(4, line.activeDays);
    out.bytesOf(5, line.bytes, line.volume.from, line.volume.to);
    out.unsigned(6, line.records);
    const packed = out.begin(7);
    for (let index = 0; index < plan.kinds.length; index++) out.zigzag(amounts[index] ?? 0n);
    out.end(packed);
    out.end(start);
    return written;
  }

  #price({ records, activeDays }: MovedLineReader, { kinds, metrics, price }: PricedPlan, written: WrittenLine): void {
    const quantities = this.#quantities;
    const amounts = this.#amounts;
    for (let index = 0; index < kinds.length; index++) {
      const metric = metrics[index];
      quantities[index] = metric === 'bytes' ? written.usageBytes : metric === 'events' ? BigInt(records) : 0n;
    }
    price(quantities, activeDays, amounts);
    written.minor = 0n;
    written.charges = 0;
    for (let index = 0; index < kinds.length; index++) {
      const amount = amounts[index] ?? 0n;
      written.minor += amount;
      if (amount !== 0n || isUsed(kinds[index], activeDays, quantities[index] ?? 0n)) written.charges++;
    }
  }
}

/** Whether a component has a quantity to show. */
function isUsed(kind: BodyComponentKind | undefined, activeDays: number, quantity: bigint): boolean {
  if (kind === BodyComponentKind.QUANTITY) return quantity > 0n;
  return kind !== BodyComponentKind.BOUND && activeDays > 0;
}
