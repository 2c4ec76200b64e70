import type { Exact } from '#shared/money/decimal';
import { usageTimeOf } from '../../usage/domain/usageTime.ts';
import type { RecordColumns } from '../../usage/store/monthRecords.ts';
import { ExactSums } from './exactSums.ts';
import { exactSteps, type ItemCounter, isOpen, quantityOf, wholeSteps } from './itemCounter.ts';

/** A stretch of time whose usage is summed by itself, with what is counted record by record in it. */
export interface FoldedStretch {
  from: number;
  to: number;
  counters: readonly ItemCounter[];
}

/** What was used in a stretch. */
export interface StretchUsage {
  bytes: bigint;
  events: bigint;
  /** By component name. */
  counted: ReadonlyMap<string, Exact>;
}

interface Folded {
  /** Usage times at which a stretch ends; the last one has no end, as no record of another month comes along. */
  ends: readonly number[];
  /** The slot of each stretch's bytes; behind it those of its records and counters. */
  slots: readonly number[];
  stretches: readonly FoldedStretch[];
}

/** Sums the records of many lines by stretch and component, in any order of records: nothing is kept of a record itself. */
export class UsageFold {
  readonly #lines: Folded[] = [];
  readonly #byAccount = new Map<number, number>();
  readonly #sums: ExactSums;
  readonly #withLate: boolean;

  /** `lines` are the stretches of each account's month, without a gap. `withLate`: as is known now, else as the month was closed. */
  constructor(lines: Iterable<[account: number, stretches: readonly FoldedStretch[]]>, withLate: boolean) {
    let slots = 0;
    for (const [account, stretches] of lines) {
      this.#byAccount.set(account, this.#lines.length);
      const own = stretches.map(({ counters }) => {
        const slot = slots;
        slots += 2 + counters.length;
        return slot;
      });
      const ends = stretches.slice(0, -1).map(({ to }) => usageTimeOf(new Date(to)));
      this.#lines.push({ ends, slots: own, stretches });
    }
    this.#sums = new ExactSums(slots);
    this.#withLate = withLate;
  }

  add({ count, account, time, up, down, late }: RecordColumns): void {
    const skipped = this.#withLate ? 2 : 1;
    let known = -1;
    let line: Folded | undefined;
    for (let index = 0; index < count; index++) {
      if (late[index] === skipped) continue;
      // Records come in runs of one account.
      const owner = account[index] ?? 0;
      if (owner !== known) {
        known = owner;
        line = this.#lines[this.#byAccount.get(owner) ?? -1];
      }
      if (line) this.#addRecord(line, time[index] ?? 0, up[index] ?? 0, down[index] ?? 0);
    }
  }

  #addRecord({ ends, slots, stretches }: Folded, time: number, up: number, down: number): void {
    let at = 0;
    while (at < ends.length && time >= (ends[at] ?? 0)) at++;
    const slot = slots[at] ?? 0;
    const sums = this.#sums;
    sums.add(slot, up);
    sums.add(slot, down);
    sums.add(slot + 1, 1);
    const counters = stretches[at]?.counters ?? [];
    for (let index = 0; index < counters.length; index++) {
      const counter = counters[index];
      if (!counter || counter.counts === 'nothing' || !isOpen(counter, time)) continue;
      const volume = counter.counts === 'bytes' ? up + down : 1;
      if (counter.wholeStep > 0 && volume <= Number.MAX_SAFE_INTEGER) {
        sums.add(slot + 2 + index, wholeSteps(volume, counter.wholeStep));
      } else {
        const exact = counter.counts === 'bytes' ? BigInt(up) + BigInt(down) : 1n;
        sums.addLarge(slot + 2 + index, exactSteps(counter, exact));
      }
    }
  }

  /** What the account used, stretch by stretch. */
  usageOf(account: number): StretchUsage[] {
    const line = this.#lines[this.#byAccount.get(account) ?? -1];
    if (!line) throw new RangeError(`account ${account} is not summed`);
    return line.stretches.map(({ counters }, at) => {
      const slot = line.slots[at] ?? 0;
      return {
        bytes: this.#sums.get(slot),
        events: this.#sums.get(slot + 1),
        counted: new Map(
          counters.map((counter, index) => [counter.component, quantityOf(counter, this.#sums.get(slot + 2 + index))]),
        ),
      };
    });
  }
}
