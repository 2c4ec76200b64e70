import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { LoggedEvent } from '#proto/common/v1/event_log_service';
import { faultOf } from '#shared/errors/classify';
import { Fault } from '#shared/errors/fault';
import { eventType } from '#shared/events/eventType';
import type { EventLog } from '../calls.ts';
import type { About } from '../consumers/projection.ts';
import { projectionsOf, type Source } from '../consumers/sources.ts';

/** A source that cannot be read, as opposed to whatever else goes wrong. */
export class SourceFailure extends Error {
  readonly source: string;
  readonly fault: Fault;

  constructor(source: string, fault: Fault) {
    super(`${source} cannot be read: ${fault.message}`, { cause: fault });
    this.source = source;
    this.fault = fault;
  }
}

export interface LogPiece {
  events: LoggedEvent[];
  /** Everything up to here has come. */
  position: bigint;
}

/** The whole log of a service may take long, one piece of it not. */
const deadlineMs = 3_600_000;
const silenceMs = 30_000;

/** A source's log behind a position, piece by piece, up to its end as it is now. */
export async function* readLog(
  clientOf: (source: Source) => EventLog,
  source: Source,
  afterPosition: bigint,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  const types = projectionsOf(source).map(({ schema }) => eventType(schema).name);
  const silent = new AbortController();
  const either = AbortSignal.any([signal, silent.signal]);
  try {
    const pieces = clientOf(source).streamEvents({ afterPosition, types }, { signal: either, deadlineMs });
    const iterator = pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        const timer = setTimeout(() => silent.abort(), silenceMs);
        const { done, value } = await iterator.next().finally(() => clearTimeout(timer));
        if (done) return;
        const { events, position, head } = value;
        if (head < afterPosition)
          throw new Fault('INTERNAL', { message: `the log of ${source.name} has become shorter` });
        yield { events, position };
      }
    } finally {
      await iterator.return?.();
    }
  } catch (error) {
    throw new SourceFailure(source.name, faultOf(error));
  }
}

/** What is known of a logged event besides its body: the same as what comes with it live. */
export function aboutOf({ id, time, position }: LoggedEvent): About {
  return { id, time: time ? timestampDate(time) : new Date(0), sequence: position };
}
