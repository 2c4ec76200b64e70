import { corrections, flags, outcomes } from '../domain/outcomes.ts';
import type { Business } from './business.ts';
import { suspected } from './columns.ts';
import { type Judge, rejected } from './judge.ts';
import type { Match, Suspects } from './suspects.ts';

/** What a batch does to earlier records. The corrected one is a kept record, or one of the same batch. */
export interface Correction {
  /** The record that corrects. For a confirmation the one that said the same. */
  by: number;
  kind: number;
  target: Match | number;
  /** The id of the corrected record. */
  recordId: string;
}

/**
 * Decides the pending records of a batch in the order of their coming, now that all that their fingerprints might stand for has been compared.
 */
export class Resolution {
  readonly #judge: Judge;
  readonly #suspects: Suspects;
  readonly #business: Business;
  readonly corrections: Correction[] = [];
  /** Records that this batch corrects, and those whose wholeness it confirms. */
  readonly #corrected = new Set<string>();
  readonly #confirmed = new Set<string>();

  constructor(judge: Judge, suspects: Suspects, business: Business) {
    this.#judge = judge;
    this.#suspects = suspects;
    this.#business = business;
  }

  run(): void {
    const judge = this.#judge;
    const { columns } = judge.batch;
    judge.positions.fillTo(columns.count);
    for (const index of judge.pending.sort((a, b) => a - b)) {
      const how = columns.pending[index];
      columns.pending[index] = 0;
      if (how === 0) continue;
      const replaced = this.#isDuplicate(index);
      if (replaced === true) {
        columns.outcome[index] = outcomes.duplicate;
        continue;
      }
      if (columns.outcome[index] !== outcomes.rated) continue;
      if (replaced !== false) this.#replaceSilently(index, replaced);
      else if (((columns.flags[index] ?? 0) & (flags.cancel | flags.replace)) !== 0 && !this.#correct(index)) {
        columns.outcome[index] = rejected.unknownRecord;
        continue;
      }
      this.#keep(index, how === suspected);
    }
  }

  /** Whether the record was kept before; or the kept one whose number was cut off and whose place this one takes. */
  #isDuplicate(index: number): boolean | Match {
    const judge = this.#judge;
    const { columns } = judge.batch;
    const twin = judge.positions.find(index);
    if (twin >= 0 && twin < index && columns.outcome[twin] === outcomes.rated) return true;
    if (!this.#suspects.duplicates.has(index)) return false;
    const isWhole = ((columns.flags[index] ?? 0) & flags.unterminated) === 0;
    const [cut] = (this.#suspects.unterminated.get(index) ?? []).filter(
      (match) =>
        match.corrected === corrections.none &&
        !this.#corrected.has(keyOf(match)) &&
        !this.#confirmed.has(keyOf(match)),
    );
    if (!cut || !isWhole || columns.outcome[index] !== outcomes.rated) return true;
    if (!this.#isSame(index, cut)) return cut;
    this.#confirmed.add(keyOf(cut));
    this.corrections.push({
      by: index,
      kind: corrections.confirm,
      target: cut,
      recordId: this.#judge.batch.idOf(index),
    });
    return true;
  }

  #isSame(index: number, kept: Match): boolean {
    const { columns } = this.#judge.batch;
    return (
      this.#business.lines.accountOf(columns.line[index] ?? 0) === kept.account &&
      columns.time[index] === kept.time &&
      columns.up[index] === kept.up &&
      columns.down[index] === kept.down
    );
  }

  #replaceSilently(index: number, cut: Match): void {
    const { columns } = this.#judge.batch;
    this.#corrected.add(keyOf(cut));
    columns.flags[index] = (columns.flags[index] ?? 0) | flags.replace;
    this.corrections.push({
      by: index,
      kind: corrections.replace,
      target: cut,
      recordId: this.#judge.batch.idOf(index),
    });
  }

  /** Finds the record that is to be corrected; false if there is none. */
  #correct(index: number): boolean {
    const judge = this.#judge;
    const { batch } = judge;
    const { columns } = batch;
    const kind = ((columns.flags[index] ?? 0) & flags.cancel) !== 0 ? corrections.cancel : corrections.replace;
    const own = judge.keptRecord(batch, index, columns.correctsFrom[index] ?? 0, columns.correctsTo[index] ?? 0);
    const target =
      own >= 0 && own < index
        ? own
        : this.#suspects.targets.get(index)?.find((match) => isLive(match) && !this.#corrected.has(keyOf(match)));
    if (target === undefined || this.#corrected.has(keyOf(target))) return false;
    this.#corrected.add(keyOf(target));
    this.corrections.push({ by: index, kind, target, recordId: batch.correctsOf(index) });
    return true;
  }

  #keep(index: number, isNew: boolean): void {
    if (!isNew) return;
    const judge = this.#judge;
    const { columns } = judge.batch;
    const twin = judge.positions.find(index);
    if (twin >= 0 && twin !== index) judge.positions.replace(twin, index);
    else if (twin < 0) judge.positions.add(index);
    const partitionNo = columns.partition[index] ?? 0;
    const partition = this.#business.partitions[partitionNo];
    if (!partition) return;
    const commit = judge.commitIn(partitionNo, partition);
    partition.keys.add(columns.lo[index] ?? 0, columns.hi[index] ?? 0, commit, partition.alive);
  }
}

function keyOf(target: Match | number): string {
  return typeof target === 'number'
    ? `own ${target}`
    : `${target.partition} ${target.batch} ${target.month} ${target.place}`;
}

function isLive({ corrected }: Match): boolean {
  return corrected === corrections.none || corrected === corrections.confirm;
}
