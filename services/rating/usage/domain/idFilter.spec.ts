import { expect, it } from 'vitest';
import { IdFilter } from './idFilter.ts';
import { recordSlot, slotNumber } from './recordSlot.ts';

const slotOf = (id: string, salt = 0, business = 1) => {
  const slot = { hi: 0, lo: 0 };
  recordSlot(Buffer.from(id), 0, id.length, business, salt, slot);
  return slot;
};

it('never takes a known id for a new one, and seldom a new one for a known one', () => {
  const filter = new IdFilter(20_000);
  for (let index = 0; index < 20_000; index++) {
    const { hi, lo } = slotOf(`CDR-${index}`);
    filter.add(hi, lo);
  }
  let mistaken = 0;
  for (let index = 0; index < 40_000; index++) {
    const { hi, lo } = slotOf(`CDR-${index}`);
    if (index < 20_000) expect(filter.mayContain(hi, lo)).toBe(true);
    else if (filter.mayContain(hi, lo)) mistaken++;
  }
  expect(mistaken).toBeLessThan(400);
});

it('gives different ids, businesses and salts different slots, and the neighbours of a time-ordered id neighbouring ones', () => {
  const uuid = '0193a3f2-1111-7abc-8def-0123456789ab';
  const all = [slotOf('a'), slotOf('b'), slotOf('a', 1), slotOf('a', 0, 2), slotOf(uuid), slotOf(uuid, 1)];
  expect(new Set(all.map(({ hi, lo }) => slotNumber(hi, lo))).size).toBe(all.length);
  expect(slotOf(uuid).hi).toBe(0x0193a3f2);
  expect(slotOf('0193a3f2-9999-7abc-8def-0123456789ab').hi).toBe(0x0193a3f2);
});
