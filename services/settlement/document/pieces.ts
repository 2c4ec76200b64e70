/** Most bytes of one piece of a document: small enough to be passed on at once everywhere. */
export const pieceLimit = 64 * 1024;

/** Collects what comes and hands it on in pieces of exactly the limit; the last one may be shorter. */
export async function* inPieces(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const part of source) {
    let rest = Buffer.from(part as Uint8Array);
    while (size + rest.length >= pieceLimit) {
      held.push(rest.subarray(0, pieceLimit - size));
      rest = rest.subarray(pieceLimit - size);
      yield Buffer.concat(held);
      held = [];
      size = 0;
    }
    if (rest.length > 0) {
      held.push(rest);
      size += rest.length;
    }
  }
  if (size > 0) yield Buffer.concat(held);
}
