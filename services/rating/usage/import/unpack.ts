import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Fault } from '#shared/errors/fault';

/** So much may come out of a compressed file before its ratio is looked at. */
const unsuspicious = 16 * 1024 * 1024;
/** Usage data compresses to a tenth; what unpacks to two hundred times its size is no usage data. */
const largestRatio = 200;

/** The file's bytes, unpacked where they begin with gzip's mark. `received` is called with the bytes that came in. */
export async function* unpack(
  pieces: AsyncIterable<Uint8Array>,
  received: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const counted = count(pieces, received);
  const { head, rest } = await firstBytes(counted);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(head, rest);
  else {
    yield head;
    yield* rest;
  }
}

async function* count(pieces: AsyncIterable<Uint8Array>, received: (bytes: number) => void) {
  for await (const piece of pieces) {
    received(piece.length);
    if (piece.length > 0) yield piece;
  }
}

/** At least two bytes, if there are so many, and what follows them. */
async function firstBytes(pieces: AsyncGenerator<Uint8Array>) {
  let head: Uint8Array = new Uint8Array();
  while (head.length < 2) {
    const { value, done } = await pieces.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  return { head, rest: pieces };
}

async function* gunzip(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packed = 0;
  let unpacked = 0;
  async function* input() {
    packed += head.length;
    yield head;
    for await (const piece of rest) {
      packed += piece.length;
      yield piece;
    }
  }
  const unzip = createGunzip({ chunkSize: 256 * 1024 });
  const source = Readable.from(input(), { objectMode: false });
  source.on('error', (error) => unzip.destroy(error));
  try {
    for await (const piece of source.pipe(unzip)) {
      unpacked += piece.length;
      // What the unzipper has taken in but not used yet counts as used: the guard errs to the lenient side.
      if (unpacked > unsuspicious && unpacked > packed * largestRatio) {
        throw new Fault('USAGE_FILE_BOMB', { message: 'the file unpacks to more than 200 times its size' });
      }
      yield piece;
    }
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('Z_')) {
      throw new Fault('USAGE_FILE_CORRUPT', { message: 'the compressed file is broken', cause: error });
    }
    throw error;
  } finally {
    source.destroy();
    unzip.destroy();
  }
}
