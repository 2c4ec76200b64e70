import { apnMismatch } from '../domain/lineDirectory.ts';
import type { Months } from '../domain/months.ts';
import { corrections, details, flags, outcomes, rejectedFrom, rejectionReasons } from '../domain/outcomes.ts';
import { partitionOfHash, partitions } from '../domain/partition.ts';
import { type RecordKey, recordKey } from '../domain/recordKey.ts';
import type { Business, Partition } from './business.ts';
import { awaiting, type Batch, suspected } from './columns.ts';
import type { KeySegment } from './keySegment.ts';
import type { Positions } from './positions.ts';
import type { ReportedRejection } from './protocol.ts';
import type { Suspects } from './suspects.ts';

export const rejected = {
  unknownLine: rejectedFrom + rejectionReasons.indexOf('UNKNOWN_LINE'),
  apnMismatch: rejectedFrom + rejectionReasons.indexOf('APN_MISMATCH'),
  notActive: rejectedFrom + rejectionReasons.indexOf('LINE_NOT_ACTIVE'),
  future: rejectedFrom + rejectionReasons.indexOf('FUTURE'),
  unknownRecord: rejectedFrom + rejectionReasons.indexOf('UNKNOWN_RECORD'),
};

/** So many refused records of a part of a batch are told in the answers of reports. */
export const mostReported = 10_000;

/** What the judge needs to know of the batches before this one that are not committed yet. */
export interface UnderWay {
  /** Undefined once the batch is committed. */
  find(batch: number): Judge | undefined;
}

/**
 * Judges the records of a batch in the order of their coming: unknown line, duplicate, wrong APN, not in service, future, kept. Every kept record's
 * fingerprint goes into the tables of its partition at once, so that a later one with the same number and id meets it there. What only a look at
 * kept records can decide stays pending until `Resolution` has them.
 */
export class Judge {
  readonly batch: Batch;
  readonly positions: Positions;
  /** The number of this batch among the commits of each partition; 0 where it has none. */
  readonly commits = new Int32Array(partitions);
  readonly pending: number[] = [];
  /** Malformed records of reports, as far as answers show them. */
  readonly malformed: (ReportedRejection & { part: number })[] = [];
  /** How many of them each part has. */
  readonly #reported: Int32Array;
  /** A record corrects what a batch under way keeps: this batch has to wait for that one. */
  mustWait = false;
  readonly #business: Business;
  readonly #months: Months;
  readonly #underWay: UnderWay;
  readonly #suspects: Suspects;
  readonly #mask: number;
  /** The records of each partition, in the order of their coming: first and last; `columns.next` has the others. */
  readonly #first = new Int32Array(partitions).fill(-1);
  readonly #last = new Int32Array(partitions).fill(-1);
  readonly #counts = new Int32Array(partitions);
  readonly #key: RecordKey = { lo: 0, hi: 0 };
  /** Commits found in segments; used again for every record. */
  readonly #found: number[] = [];

  constructor(
    batch: Batch,
    world: {
      business: Business;
      months: Months;
      underWay: UnderWay;
      suspects: Suspects;
      positions: Positions;
      mask: number;
    },
  ) {
    this.batch = batch;
    this.#business = world.business;
    this.#months = world.months;
    this.#underWay = world.underWay;
    this.#suspects = world.suspects;
    this.positions = world.positions;
    this.#mask = world.mask;
    this.#reported = new Int32Array(batch.parts.length);
  }

  /** Judges a record whose texts and numbers were read. */
  take(index: number, numberFrom: number, numberTo: number, apnFrom: number, apnTo: number, correction: number): void {
    const { columns, bytes, view } = this.batch;
    const { lines } = this.#business;
    columns.flags[index] = 0;
    columns.pending[index] = 0;
    const hash = lines.hash(view, numberFrom, numberTo);
    const number = lines.find(bytes, numberFrom, numberTo, hash);
    columns.number[index] = number;
    if (number < 0) {
      columns.outcome[index] = rejected.unknownLine;
      return;
    }
    const time = columns.time[index] ?? 0;
    const line = lines.lineOf(number, bytes, apnFrom, apnTo, time);
    columns.line[index] = line;
    const partition = partitionOfHash(hash);
    columns.partition[index] = partition;
    if (line < 0) columns.outcome[index] = line === apnMismatch ? rejected.apnMismatch : rejected.notActive;
    else if (time > this.batch.request.latest) columns.outcome[index] = rejected.future;
    else {
      columns.outcome[index] = outcomes.rated;
      columns.month[index] = this.#months.indexOf(time);
    }
    const key = this.#key;
    recordKey(view, columns.idFrom[index] ?? 0, columns.idTo[index] ?? 0, hash, this.#mask, key);
    columns.lo[index] = key.lo;
    columns.hi[index] = key.hi;
    if (correction !== corrections.none) this.#correct(index, partition, correction, hash);
    this.#chain(index, partition);
  }

  #chain(index: number, partition: number): void {
    const { next } = this.batch.columns;
    next[index] = -1;
    const last = this.#last[partition] ?? -1;
    if (last < 0) this.#first[partition] = index;
    else next[last] = index;
    this.#last[partition] = index;
    this.#counts[partition] = (this.#counts[partition] ?? 0) + 1;
  }

  /** Whether the batch has records of the partition. */
  readonly touches = (partition: number): boolean => (this.#first[partition] ?? -1) >= 0;

  /** Partitions that the batch has records of and whose keys are not here. */
  missingKeys(): number[] {
    const all = [...this.#business.partitions.entries()];
    return all.filter(([no, { isLoaded }]) => !isLoaded && this.touches(no)).map(([no]) => no);
  }

  /**
   * Looks for records with the fingerprints of all that were taken, partition by partition: what is the same record is in the same partition, so the order
   * of coming is kept where it matters, and one table after the other passes through the processor's cache.
   */
  meetAll(): void {
    const { next, lo, hi } = this.batch.columns;
    for (const [partitionNo, { keys }] of this.#business.partitions.entries()) {
      const first = this.#first[partitionNo] ?? -1;
      keys.warm(lo, next, first);
      for (let index = first; index >= 0; index = next[index] ?? -1) {
        this.#meet(index, partitionNo, lo[index] ?? 0, hi[index] ?? 0);
      }
    }
  }

  /** The number of this batch among the commits of a partition; it gets one with its first kept record there. */
  commitIn(partitionNo: number, partition: Partition): number {
    const known = this.commits[partitionNo] ?? 0;
    if (known > 0) return known;
    const commit = partition.begin(this.batch.no, this.#counts[partitionNo] ?? 0);
    this.commits[partitionNo] = commit;
    return commit;
  }

  /** A reported record could not be read. */
  reportMalformed(part: number, index: number, id: string, detail: string): void {
    const reported = this.#reported[part] ?? 0;
    if (reported >= mostReported) return;
    this.#reported[part] = reported + 1;
    this.malformed.push({ part, index, id, reason: 'MALFORMED', detail });
  }

  /** The record stood on a last line without an end: its last number may have been cut off. */
  markUnterminated(index: number): void {
    const { columns } = this.batch;
    columns.flags[index] = (columns.flags[index] ?? 0) | flags.unterminated;
  }

  /** Whether an earlier record may be compared with: it is kept, or will be if nothing is found against it. */
  readonly entered = (index: number): boolean => {
    const { columns } = this.batch;
    return columns.outcome[index] === outcomes.rated && columns.pending[index] !== suspected;
  };

  /** Looks for records with the same fingerprint, and adds this one's. */
  #meet(index: number, partitionNo: number, lo: number, hi: number): void {
    const { columns } = this.batch;
    const partition = this.#business.partitions[partitionNo];
    if (!partition) return;
    const { keys, segments } = partition;
    for (let slot = keys.first(lo, hi); slot >= 0; slot = keys.next(slot, lo, hi)) {
      if (this.#meetCommit(index, partitionNo, keys.commitAt(slot))) return;
    }
    if (segments.length > 0 && this.#meetSegments(index, partitionNo, segments, lo, hi)) return;
    if (columns.outcome[index] === outcomes.rated && columns.pending[index] !== suspected) {
      keys.add(lo, hi, this.commitIn(partitionNo, partition), partition.alive);
    }
  }

  /** A commit has brought the fingerprint; true if that settles the matter. */
  #meetCommit(index: number, partitionNo: number, commit: number): boolean {
    for (const batch of this.#business.partitions[partitionNo]?.batchesOf(commit) ?? []) {
      const other = batch === this.batch.no ? this : this.#underWay.find(batch);
      if (other === this ? this.#meetOwn(index) : other && this.#meetUnderWay(index, other)) return true;
      if (other) continue;
      this.#suspects.add(index, partitionNo, batch, false);
      this.#wait(index, suspected);
    }
    return false;
  }

  #meetSegments(index: number, partitionNo: number, segments: KeySegment[], lo: number, hi: number): boolean {
    const commits = this.#found;
    commits.length = 0;
    for (const segment of segments) segment.find(lo, hi, commits);
    return commits.some((commit) => this.#meetCommit(index, partitionNo, commit));
  }

  /** A record of this batch has the fingerprint; true if that settles the matter. */
  #meetOwn(index: number): boolean {
    const { columns } = this.batch;
    this.positions.fillTo(index);
    const other = this.positions.find(index);
    if (other < 0 || other === index) return false;
    if (columns.pending[other] !== 0) {
      this.#wait(index, suspected);
      return false;
    }
    columns.outcome[index] = outcomes.duplicate;
    columns.pending[index] = 0;
    return true;
  }

  /** A batch under way has the fingerprint; everything in it is decided. */
  #meetUnderWay(index: number, other: Judge): boolean {
    const { columns } = this.batch;
    const found = other.keptRecord(this.batch, index, columns.idFrom[index] ?? 0, columns.idTo[index] ?? 0);
    if (found < 0) return false;
    if (((other.batch.columns.flags[found] ?? 0) & flags.unterminated) !== 0) this.mustWait = true;
    columns.outcome[index] = outcomes.duplicate;
    columns.pending[index] = 0;
    return true;
  }

  /** The kept record of this batch with a text of another batch as its id, or -1. */
  keptRecord(asking: Batch, index: number, from: number, to: number): number {
    this.positions.fillTo(this.batch.columns.count);
    const key: RecordKey = { lo: 0, hi: 0 };
    const { lines } = this.#business;
    recordKey(asking.view, from, to, lines.hashOf(asking.columns.number[index] ?? 0), this.#mask, key);
    const found = this.positions.findText(asking, index, key.lo, key.hi, from, to);
    return found >= 0 && this.entered(found) ? found : -1;
  }

  /** The record corrects another one, which has to be found first. */
  #correct(index: number, partitionNo: number, correction: number, hash: number): void {
    const { columns, view } = this.batch;
    const flag = correction === corrections.cancel ? flags.cancel : flags.replace;
    columns.flags[index] = flag;
    if (columns.outcome[index] !== outcomes.rated) return;
    const target: RecordKey = { lo: 0, hi: 0 };
    recordKey(view, columns.correctsFrom[index] ?? 0, columns.correctsTo[index] ?? 0, hash, this.#mask, target);
    const partition = this.#business.partitions[partitionNo];
    if (!partition) return;
    const commits: number[] = [];
    const { keys, segments } = partition;
    for (let slot = keys.first(target.lo, target.hi); slot >= 0; slot = keys.next(slot, target.lo, target.hi)) {
      commits.push(keys.commitAt(slot));
    }
    for (const segment of segments) segment.find(target.lo, target.hi, commits);
    for (const batch of commits.flatMap((commit) => partition.batchesOf(commit))) {
      if (batch === this.batch.no) continue;
      if (this.#underWay.find(batch)) this.mustWait = true;
      else this.#suspects.add(index, partitionNo, batch, true);
    }
    this.#wait(index, awaiting);
  }

  /** Records whose outcome waits for a comparison. */
  undecided(): number[] {
    const { pending } = this.batch.columns;
    return this.pending.filter((index) => pending[index] !== 0);
  }

  #wait(index: number, how: number): void {
    const { columns } = this.batch;
    if (columns.pending[index] === 0) this.pending.push(index);
    if (columns.pending[index] !== suspected) columns.pending[index] = how;
  }

  detailOf(outcome: number): { reason: (typeof rejectionReasons)[number]; detail: string } {
    const reason = rejectionReasons[outcome - rejectedFrom] ?? 'MALFORMED';
    return { reason, detail: reason === 'MALFORMED' ? '' : details[reason] };
  }
}
