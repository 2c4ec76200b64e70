import type { Business, Partition } from './business.ts';
import { KeySegment } from './keySegment.ts';
import { ScratchFile } from './scratchFile.ts';

/** A partition is moved out only when it has so many keys: small segments would be many. */
const leastKeys = 4_096;

/**
 * Keeps the fingerprints of all businesses within a limit of memory. What is too much goes to the scratch file, the largest partition first; when even the filters
 * over it are too much, the oldest of them go. Everything stays findable; it only takes longer.
 */
export class KeyMemory {
  readonly #limit: number;
  readonly #folder: string;
  #scratch: ScratchFile | undefined;

  constructor(limit: number, folder: string) {
    this.#limit = limit;
    this.#folder = folder;
  }

  /** Whether so many more keys fit beside what there is. */
  hasRoom(businesses: Iterable<Business>, keys: number): boolean {
    return bytesOf(businesses) + keys * 16 < this.#limit;
  }

  /** Brings the memory under the limit. `isUnderWay` tells which batches may still be taken back. */
  keep(businesses: Iterable<Business>, isUnderWay: (batch: number) => boolean): void {
    const all = [...businesses];
    for (let bytes = bytesOf(all); bytes > this.#limit; bytes = bytesOf(all)) {
      const largest = largestOf(all);
      const moved = largest && largest.keys.size >= leastKeys && this.#moveOut(largest, isUnderWay);
      if (!moved && !dropOldestFilter(all)) return;
    }
  }

  #moveOut(partition: Partition, isUnderWay: (batch: number) => boolean): boolean {
    const stays = (commit: number) => partition.batchesOf(commit).some(isUnderWay);
    const keys = new BigUint64Array(partition.keys.size);
    let count = 0;
    partition.keys.forEach((lo, hi, commit) => {
      if (!stays(commit) && partition.alive(commit))
        keys[count++] = (BigInt(lo >>> 0) << 32n) | BigInt(((hi << 24) | commit) >>> 0);
    });
    if (count === 0) return false;
    this.#scratch ??= new ScratchFile(this.#folder);
    partition.segments.push(new KeySegment(this.#scratch, keys.slice(0, count)));
    partition.keys.retain(stays);
    return true;
  }
}

function bytesOf(businesses: Iterable<Business>): number {
  let bytes = 0;
  for (const { partitions } of businesses) {
    for (const { keys, segments } of partitions) {
      bytes += keys.bytes;
      for (const segment of segments) bytes += segment.bytes;
    }
  }
  return bytes;
}

function largestOf(businesses: Business[]): Partition | undefined {
  let largest: Partition | undefined;
  for (const { partitions } of businesses) {
    for (const partition of partitions) if (!largest || partition.keys.bytes > largest.keys.bytes) largest = partition;
  }
  return largest;
}

/** The oldest segment of the partition that has most of them. */
function dropOldestFilter(businesses: Business[]): boolean {
  let most: KeySegment[] = [];
  for (const { partitions } of businesses) {
    for (const { segments } of partitions) {
      const filtered = segments.filter(({ hasFilter }) => hasFilter);
      if (filtered.length > most.length) most = filtered;
    }
  }
  most[0]?.dropFilter();
  return most.length > 0;
}
