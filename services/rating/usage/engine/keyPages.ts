import type { Business, Partition } from './business.ts';
import type { Judge } from './judge.ts';
import type { KeyPage } from './protocol.ts';

/** Takes in the fingerprints of committed blocks. */
export function loadKeys(business: Business, page: KeyPage): void {
  forEachBlock(business, page, ({ keys }, commit, lo, hi) => keys.add(lo, hi, commit));
}

/** The same for blocks of other processes; answers with the batches under way that may keep a record with the same number and id. */
export function absorbKeys(business: Business, page: KeyPage, judges: Judge[]): Set<number> {
  const own = new Set(judges.map(({ batch }) => batch.no));
  // Keys that are in no table yet, because their records are still being compared.
  const undecided = judges.map((judge) => ({ batch: judge.batch.no, keys: undecidedKeys(judge) }));
  const waiting = undecided.filter(({ keys }) => keys.size > 0);
  const colliding = new Set<number>();
  forEachBlock(business, page, (partition, commit, lo, hi, partitionNo) => {
    const { keys } = partition;
    for (const each of waiting) if (each.keys.has(wholeKey(partitionNo, lo, hi))) colliding.add(each.batch);
    for (let slot = keys.first(lo, hi); slot >= 0; slot = keys.next(slot, lo, hi)) {
      for (const batch of partition.batchesOf(keys.commitAt(slot))) if (own.has(batch)) colliding.add(batch);
    }
    keys.add(lo, hi, commit);
  });
  return colliding;
}

function undecidedKeys(judge: Judge): Set<number> {
  const { partition, lo, hi } = judge.batch.columns;
  return new Set(judge.undecided().map((index) => wholeKey(partition[index] ?? 0, lo[index] ?? 0, hi[index] ?? 0)));
}

/** Partition and fingerprint in one exact number. */
function wholeKey(partition: number, lo: number, hi: number): number {
  return (partition * 256 + hi) * 4_294_967_296 + (lo >>> 0);
}

function forEachBlock(
  business: Business,
  { partitions, batches, counts, hashes }: KeyPage,
  use: (partition: Partition, commit: number, lo: number, hi: number, partitionNo: number) => void,
): void {
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.length);
  let at = 0;
  for (let block = 0; block < counts.length; block++) {
    const partitionNo = partitions[block] ?? 0;
    const partition = business.partitions[partitionNo];
    const records = counts[block] ?? 0;
    if (!partition) throw new RangeError('no such partition');
    const commit = partition.beginPast(batches[block] ?? 0, records);
    const his = at + records * 4;
    for (let record = 0; record < records; record++)
      use(partition, commit, view.getInt32(at + record * 4, true), hashes[his + record] ?? 0, partitionNo);
    at = his + records;
  }
}
