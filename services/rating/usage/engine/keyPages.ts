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
  const colliding = new Set<number>();
  forEachBlock(business, page, (partition, commit, lo, hi) => {
    const { keys } = partition;
    for (let slot = keys.first(lo, hi); slot >= 0; slot = keys.next(slot, lo, hi)) {
      for (const batch of partition.batchesOf(keys.commitAt(slot))) if (own.has(batch)) colliding.add(batch);
    }
    keys.add(lo, hi, commit);
  });
  return colliding;
}

function forEachBlock(
  business: Business,
  { partitions, batches, counts, hashes }: KeyPage,
  use: (partition: Partition, commit: number, lo: number, hi: number) => void,
): void {
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.length);
  let at = 0;
  for (let block = 0; block < counts.length; block++) {
    const partition = business.partitions[partitions[block] ?? 0];
    const records = counts[block] ?? 0;
    if (!partition) throw new RangeError('no such partition');
    const commit = partition.beginPast(batches[block] ?? 0, records);
    const his = at + records * 4;
    for (let record = 0; record < records; record++)
      use(partition, commit, view.getInt32(at + record * 4, true), hashes[his + record] ?? 0);
    at = his + records;
  }
}
