import { Fault } from '#shared/errors/fault';

/**
 * The pieces of somebody who is not silent for longer than so long. A sender whose machine went away says nothing, not even that; its
 * file would be imported for ever, and keep others waiting.
 */
export async function* heard(pieces: AsyncIterable<Uint8Array>, mostSilenceMs: number): AsyncGenerator<Uint8Array> {
  const all = pieces[Symbol.asyncIterator]();
  try {
    for (let piece = await within(all, mostSilenceMs); !piece.done; piece = await within(all, mostSilenceMs))
      yield piece.value;
  } finally {
    // Not waited for: it comes behind the piece that never does.
    Promise.resolve(all.return?.()).catch(() => {});
  }
}

async function within<T>(all: AsyncIterator<T>, mostSilenceMs: number): Promise<IteratorResult<T>> {
  const next = all.next();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const fault = () => new Fault('DEADLINE_EXCEEDED', { message: `nothing has come for ${mostSilenceMs} ms` });
    timer = setTimeout(() => reject(fault()), mostSilenceMs);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
