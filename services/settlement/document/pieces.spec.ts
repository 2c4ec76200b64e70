import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces, pieceLimit } from './pieces.ts';

async function collect(parts: Iterable<Uint8Array | string>): Promise<Buffer[]> {
  async function* source() {
    yield* parts;
  }
  return Array.fromAsync(inPieces(source()));
}

test('nothing is lost and no piece is larger than the limit, however the bytes come', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 3 * pieceLimit }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const parts = lengths.map((length, index) => Buffer.alloc(length, index));
      const pieces = await collect(parts);
      expect(Buffer.concat(pieces).equals(Buffer.concat(parts))).toBe(true);
      for (const piece of pieces.slice(0, -1)) expect(piece.length).toBe(pieceLimit);
      expect(pieces.at(-1)?.length ?? 1).toBeGreaterThan(0);
      expect(pieces.at(-1)?.length ?? 1).toBeLessThanOrEqual(pieceLimit);
    }),
    { numRuns: 20 },
  );
});

test('text is UTF-8', async () => {
  expect(Buffer.concat(await collect(['장', '부'])).toString()).toBe('장부');
});
