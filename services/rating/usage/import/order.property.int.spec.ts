import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csv, pieces, seedLine, totals, world } from '../../testing/world.ts';

const numbers = ['01200000001', '01200000002', '01200000003'];
const volume = fc.oneof(fc.nat(1_000), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
const usage = fc.record({
  id: fc.constantFrom(...Array.from({ length: 40 }, (_, index) => `id-${index}`)),
  number: fc.constantFrom(...numbers, '01299999999'),
  apn: fc.constantFrom('iot.kr', 'iot.kr', 'iot.kr', 'other'),
  time: fc.constantFrom(
    '2026-10-31T14:59:59Z',
    '2026-10-31T15:00:00Z',
    '2026-11-03T09:00:00+09:00',
    '2027-01-01T00:00:00Z',
  ),
  up: volume,
  down: volume,
});

/** Records with one id are one record: which of two different ones comes first decides, so there are none. */
const distinct = fc
  .array(usage, { minLength: 1, maxLength: 60 })
  .map((all) => [...new Map(all.map((each) => [each.id, each])).values()])
  .map((all) => all.map(({ id, number, apn, time, up, down }) => [id, number, apn, time, up, down].join(',')));

const delivery = distinct.chain((records) =>
  fc.record({
    records: fc.constant(records),
    // Every record at least once, some again, in any order …
    sent: fc
      .array(fc.constantFrom(...records), { maxLength: 20 })
      .chain((again) => fc.shuffledSubarray([...records, ...again], { minLength: records.length + again.length })),
    // … in any number of files, batches and pieces.
    cut: fc.nat(60),
    batch: fc.integer({ min: 1, max: 20 }),
    piece: fc.integer({ min: 1, max: 200 }),
  }),
);

it('IOT-7 the same records in any order, splitting and batching give the same totals', async () => {
  await fc.assert(
    fc.asyncProperty(delivery, async ({ records, sent, cut, batch, piece }) => {
      await using plain = await world();
      await using other = await world();
      for (const { database } of [plain, other]) for (const number of numbers) await seedLine(database, { number });
      await plain.imports().run({ business: 'iot', source: '', pieces: pieces(csv(records)) });
      const imports = other.imports({ limits: { bytes: 256 * 1024, records: batch } });
      for (const part of [sent.slice(0, cut), sent.slice(cut)]) {
        const row = await imports.run({ business: 'iot', source: '', pieces: pieces(csv(part), piece) });
        expect(row.records_read).toBe(BigInt(part.length));
      }
      expect(await totals(other.database)).toEqual(await totals(plain.database));
    }),
    { numRuns: 8 },
  );
}, 120_000);
