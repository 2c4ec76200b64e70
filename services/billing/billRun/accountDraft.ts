import type { CopyWriter } from '#shared/database/copyWriter';
import type { ChargedLine, Taxable } from '../domain/chargeLine.ts';
import { taxesOf } from '../domain/taxes.ts';
import type { PricedPlan } from './pricedPlan.ts';
import type { WrittenLine } from './writtenLine.ts';

/** The largest volume that the contract shows; a line past it, which only made-up records reach, is shown as that. */
const mostBytes = 2n ** 63n - 1n;

/** An invoice in the making: what one account owes. Amounts in minor units. */
export class AccountDraft {
  readonly accountId: string;
  currency = '';
  customerId = '';
  email = '';
  address = '';
  /** 1, and more only where an account has more than one invoice in a run. */
  part = 1;
  /** Lines of service, and charges. */
  lines = 0;
  charges = 0;
  usageBytes = 0n;
  subtotal = 0n;
  /** Ids of the first lines that say where the invoice is sent. */
  emailOf: string | undefined;
  addressOf: string | undefined;
  /** Ids of the adjustments of earlier months that are on it. */
  readonly adjustments: string[] = [];
  readonly plans: PricedPlan[] = [];
  readonly #minors: bigint[] = [];
  readonly #taxable: Taxable[] = [];
  /** The lines of its body: where they begin and end in the bytes that all drafts of a batch are written to. */
  readonly #spans: number[] = [];
  readonly #ownParts: Uint8Array[] = [];

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** The place of a plan in the invoice's body, counted from 1. */
  placeOf(plan: PricedPlan): number {
    const index = this.plans.indexOf(plan);
    if (index >= 0) return index + 1;
    this.#minors.push(0n);
    return this.plans.push(plan);
  }

  /** Adds a line that a plan prices and that has been written to the common bytes. */
  addWritten(line: WrittenLine, from: number, to: number): void {
    this.#minors[line.place - 1] = (this.#minors[line.place - 1] ?? 0n) + line.minor;
    this.subtotal += line.minor;
    this.usageBytes += line.usageBytes > mostBytes ? mostBytes : line.usageBytes;
    this.charges += line.charges;
    const spans = this.#spans;
    if (spans.at(-1) === from) spans[spans.length - 1] = to;
    else spans.push(from, to);
  }

  /** Adds a line that was priced by itself, as its body entry has it. */
  addCharged({ usageBytes, subtotal, charges, taxable }: ChargedLine, entry: Uint8Array): void {
    this.usageBytes += usageBytes;
    this.#add(subtotal, charges.length, taxable, entry);
  }

  /** Adds what is charged or credited for earlier months. */
  addAdjustments(
    ids: readonly string[],
    { minor, charges, taxable }: { minor: bigint; charges: number; taxable: readonly Taxable[] },
    entries: Uint8Array,
  ): void {
    this.adjustments.push(...ids);
    this.#add(minor, charges, taxable, entries);
  }

  #add(minor: bigint, charges: number, taxable: readonly Taxable[], part: Uint8Array): void {
    this.subtotal += minor;
    this.charges += charges;
    this.#taxable.push(...taxable);
    this.#ownParts.push(part);
  }

  /** Tax is rounded once per tax rate, on the sum of the rounded charges. */
  tax(): bigint {
    const byPlan = this.plans.map(({ rate }, index) => ({ rate, minor: this.#minors[index] ?? 0n }));
    const taxable = this.#taxable.length > 0 ? [...byPlan, ...this.#taxable] : byPlan;
    return taxesOf(taxable, this.currency).reduce((sum, { minor }) => sum + minor, 0n);
  }

  /** Writes the body as a column; `common` are the bytes that the lines were written to. */
  writeBody(row: CopyWriter, common: Uint8Array): void {
    const spans = this.#spans;
    let length = 0;
    for (const { entry } of this.plans) length += entry.length;
    for (const part of this.#ownParts) length += part.length;
    for (let index = 0; index < spans.length; index += 2) length += (spans[index + 1] ?? 0) - (spans[index] ?? 0);
    row.bytes(length);
    for (const { entry } of this.plans) row.piece(entry);
    for (let index = 0; index < spans.length; index += 2) row.piece(common, spans[index], spans[index + 1]);
    for (const part of this.#ownParts) row.piece(part);
  }
}
