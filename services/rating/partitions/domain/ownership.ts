import { partitions } from '../../usage/domain/partition.ts';
import { finish } from '../../usage/domain/textHash.ts';

/**
 * Which of some members owns a partition: the one whose number scores highest with it (rendezvous hashing). Whoever knows the same members finds the same owner;
 * a new member takes partitions only for itself, and those of one that goes are the only ones that move.
 */
export function ownerOf(members: readonly number[], businessNo: number, partition: number): number | undefined {
  let owner: number | undefined;
  let highest = -1;
  for (const member of members) {
    const score = finish(finish(finish(member + 0x9e3779b9) ^ businessNo) ^ partition) >>> 0;
    if (score > highest || (score === highest && member < (owner ?? 0))) {
      owner = member;
      highest = score;
    }
  }
  return owner;
}

/** The partitions of a business that a member owns. */
export function ownedBy(member: number, members: readonly number[], businessNo: number): number[] {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return all.filter((partition) => ownerOf(members, businessNo, partition) === member);
}
