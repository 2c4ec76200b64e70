import { once } from 'node:events';
import copyStreams from 'pg-copy-streams';
import type { Transaction } from './database.ts';

/** The server works on the first pieces while the others are on their way. */
const pieceBytes = 512 * 1024;

/** Runs a binary COPY with the whole payload. The connection must not be in pipeline mode. */
export async function copyIn({ client }: Transaction, statement: string, payload: Uint8Array): Promise<void> {
  const stream = client.query(copyStreams.from(statement));
  const finished = once(stream, 'finish');
  // A COPY that fails is told by `finished`; until that is waited for nobody listens.
  finished.catch(() => {});
  for (let from = 0; from < payload.length && !stream.destroyed; from += pieceBytes) {
    const piece = payload.subarray(from, from + pieceBytes);
    const goesOn = stream.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    if (!goesOn) await Promise.race([once(stream, 'drain').catch(() => {}), finished]);
  }
  stream.end();
  await finished;
}
