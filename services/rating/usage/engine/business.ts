import { KeyTable, mostCommits } from '../domain/keyTable.ts';
import { LineDirectory } from '../domain/lineDirectory.ts';
import { partitions } from '../domain/partition.ts';
import type { KeySegment } from './keySegment.ts';

/** Batches of the past share a commit's number up to so many records together. */
const mostShared = 2_048;

/** What is known of the kept records of one partition of a business. */
export class Partition {
  /** Whether the keys of all kept records are here. */
  isLoaded = false;
  readonly keys = new KeyTable();
  /** Keys that were moved out of memory, the oldest first. */
  readonly segments: KeySegment[] = [];
  /**
   * The batches of each commit; commits are numbered from 1 in the order in which this process learns of them. Small batches of the past share a number, so
   * that the numbers are enough however many small reports there were.
   */
  readonly #batches: number[][] = [[]];
  #shared = 0;

  begin(batch: number): number {
    if (this.#batches.length > mostCommits) throw new RangeError('a partition has too many commits in memory');
    this.#shared = 0;
    return this.#batches.push([batch]) - 1;
  }

  /** The commit of a batch that is committed already. */
  beginPast(batch: number, records: number): number {
    const last = this.#batches.length - 1;
    const batches = this.#batches[last] ?? [];
    if (batches.at(-1) === batch || (this.#shared > 0 && this.#shared + records <= mostShared)) {
      if (batches.at(-1) !== batch) batches.push(batch);
      this.#shared += records;
      return last;
    }
    const commit = this.begin(batch);
    this.#shared = records;
    return commit;
  }

  /** The batches of a commit; none if it was taken back. */
  batchesOf(commit: number): readonly number[] {
    return this.#batches[commit] ?? [];
  }

  /** Takes a commit back. Its entries stay until the table grows; nobody looks at them. */
  kill(commit: number): void {
    this.#batches[commit] = [];
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
