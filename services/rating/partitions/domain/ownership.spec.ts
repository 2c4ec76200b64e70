import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitions } from '../../usage/domain/partition.ts';
import { ownedBy, ownerOf } from './ownership.ts';

const businesses = Array.from({ length: 50 }, (_, index) => index + 1);
const everything = businesses.flatMap((business) =>
  Array.from({ length: partitions }, (_, partition) => [business, partition] as const),
);
const owners = (members: number[]) => everything.map(([business, partition]) => ownerOf(members, business, partition));
const someMembers = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 9 });

describe('the owner of a partition', () => {
  it('does not depend on the order in which the members are known', () => {
    fc.assert(
      fc.property(someMembers, (members) => {
        expect(owners([...members].reverse())).toEqual(owners(members));
      }),
    );
  });

  it('changes only to a member that is added', () => {
    fc.assert(
      fc.property(someMembers, (members) => {
        const [added, ...before] = members as [number, ...number[]];
        const old = owners(before);
        for (const [index, owner] of owners(members).entries()) if (owner !== added) expect(owner).toBe(old[index]);
      }),
    );
  });

  it('spreads the partitions: a member that is added to n-1 gets about 1/n of them', () => {
    for (const count of [2, 3, 4, 8, 16]) {
      const members = Array.from({ length: count }, (_, index) => index + 1);
      for (const member of members) {
        const owned = businesses.reduce((sum, business) => sum + ownedBy(member, members, business).length, 0);
        expect(owned / (everything.length / count)).toBeGreaterThan(0.7);
        expect(owned / (everything.length / count)).toBeLessThan(1.3);
      }
    }
  });

  it('is nobody where there is nobody', () => expect(ownerOf([], 1, 1)).toBeUndefined());
});
