import { setImmediate } from 'node:timers/promises';
import { Fault } from '#shared/errors/fault';

const linesPerTurn = 500;

/** The lines one by one, with a turn for everybody else in the process now and then. Ends with a failure when the caller has gone. */
export async function* paced<Line>(chunks: AsyncIterable<readonly Line[]>, signal?: AbortSignal): AsyncGenerator<Line> {
  for await (const lines of chunks) {
    for (const [index, line] of lines.entries()) {
      if (index % linesPerTurn === 0) {
        await setImmediate();
        if (signal?.aborted) throw new Fault('CANCELLED', { message: 'the caller has gone' });
      }
      yield line;
    }
  }
}
