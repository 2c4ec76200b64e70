import { KeyTable, mostCommits } from '../domain/keyTable.ts';
import { LineDirectory } from '../domain/lineDirectory.ts';
import { partitions } from '../domain/partition.ts';
import type { KeySegment } from './keySegment.ts';

/** Batches of the past share a commit's number up to so many records together. */
const mostShared = 2_048;
/** Those of this process fewer: they are the ones that are sent again most, and all that share a number are compared then. */
const mostSharedOwn = 256;

/** The number that small batches share just now. */
interface Shared {
  commit: number;
  records: number;
}

/** What is known of the kept records of one partition of a business. */
export class Partition {
  /** Whether the keys of all kept records are here. */
  isLoaded = false;
  readonly keys = new KeyTable();
  /** Keys that were moved out of memory, the oldest first. */
  readonly segments: KeySegment[] = [];
  /**
   * The batches of each commit; commits are numbered from 1 in the order in which this process learns of them. Small batches share a number, so
   * that neither the numbers nor the memory for them run out, however many small reports there are.
   */
  readonly #batches: number[][] = [[]];
  readonly #past: Shared = { commit: 0, records: 0 };
  readonly #own: Shared = { commit: 0, records: 0 };

  /** The commit of a batch of this process, which is to have at most so many records here. */
  begin(batch: number, records: number): number {
    return this.#number(batch, records, this.#own, mostSharedOwn);
  }

  /** The commit of a batch that is committed already. */
  beginPast(batch: number, records: number): number {
    return this.#number(batch, records, this.#past, mostShared);
  }

  #number(batch: number, records: number, shared: Shared, most: number): number {
    const batches = this.#batches[shared.commit] ?? [];
    const isLast = shared.commit > 0 && batches.at(-1) === batch;
    if (isLast || (shared.commit > 0 && shared.records + records <= most)) {
      if (!isLast) batches.push(batch);
      shared.records += records;
      return shared.commit;
    }
    if (this.#batches.length > mostCommits) throw new RangeError('a partition has too many commits in memory');
    shared.commit = this.#batches.push([batch]) - 1;
    shared.records = records;
    return shared.commit;
  }

  /** The batches of a commit; none if all were taken back. */
  batchesOf(commit: number): readonly number[] {
    return this.#batches[commit] ?? [];
  }

  /** Takes a batch back. Its entries stay until the table grows, or longer if the commit is shared; they are suspicions of nothing. */
  kill(commit: number, batch: number): void {
    this.#batches[commit] = this.batchesOf(commit).filter((each) => each !== batch);
  }

  readonly alive = (commit: number): boolean => this.batchesOf(commit).length > 0;
}

/** What the engine knows of a business. */
export class Business {
  readonly no: number;
  readonly lines: LineDirectory;
  readonly partitions: Partition[];
  /** How many of a batch's records a line has; zero between two batches. */
  counts = new Int32Array(1024);
  starts = new Int32Array(1024);

  constructor(no: number) {
    this.no = no;
    this.lines = new LineDirectory(no);
    this.partitions = Array.from({ length: partitions }, () => new Partition());
  }

  /** Forgets all that is known of a partition. */
  reset(partition: number): Partition {
    const empty = new Partition();
    this.partitions[partition] = empty;
    return empty;
  }

  roomForLines(): void {
    if (this.counts.length >= this.lines.size) return;
    this.counts = new Int32Array(this.lines.size * 2);
    this.starts = new Int32Array(this.lines.size * 2);
  }
}
