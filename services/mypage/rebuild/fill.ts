import { fromBinary } from '@bufbuild/protobuf';
import type { LoggedEvent } from '#proto/common/v1/event_log_service';
import type { Database } from '#shared/database/database';
import { isTransient } from '#shared/errors/classify';
import type { Logger } from '#shared/telemetry/log';
import type { EventLog } from '../calls.ts';
import type { Projection } from '../consumers/projection.ts';
import { projectionsOf, type Source } from '../consumers/sources.ts';
import type { Write } from '../domain/write.ts';
import type { Store } from '../store/store.ts';
import { aboutOf, readLog, SourceFailure } from './eventLog.ts';
import { recordProgress, recordWaiting, sourcesOf } from './record.ts';

export interface Filling {
  rebuildId: string;
  generation: number;
  store: Store;
  /** The rebuild's own connections: those of the consumers may all be waiting for it to end. */
  database: Database;
  clientOf: (source: Source) => EventLog;
  log: Logger;
}

/**
 * Brings the generation up to the end of a source's log, from where the last attempt has come. Writes and place are recorded together, so a
 * crash loses nothing and counts nothing twice; a store outside the database repeats a piece at most, which changes nothing.
 */
export async function fill(filling: Filling, source: Source, signal: AbortSignal): Promise<void> {
  try {
    await read(filling, source, signal);
  } catch (error) {
    if (error instanceof SourceFailure && isTransient(error.fault) && !signal.aborted) {
      await recordWaiting(filling.database, filling.rebuildId, source.name, error.fault.reason);
    }
    throw error;
  }
}

async function read(filling: Filling, source: Source, signal: AbortSignal): Promise<void> {
  const { rebuildId, generation, store, database, clientOf, log } = filling;
  const projections = new Map(projectionsOf(source).map((each) => [each.schema.typeName, each]));
  const reached = (await sourcesOf(database, rebuildId)).find((each) => each.source === source.name);
  for await (const { events, position } of readLog(clientOf, source, reached?.position ?? 0n, signal)) {
    const { writes, skipped } = project(events, projections, log);
    await database.transaction(async (tx) => {
      await store.apply(tx, generation, writes, false);
      const applied = BigInt(events.length - skipped);
      await recordProgress(tx, rebuildId, { source: source.name, position, events: applied, skipped: BigInt(skipped) });
    });
  }
}

/** What cannot be projected is parked when it comes live; it must not keep everything else from being rebuilt. */
function project(events: LoggedEvent[], projections: Map<string, Projection>, log: Logger) {
  const writes: Write[] = [];
  let skipped = 0;
  for (const event of events) {
    const projection = projections.get(event.type);
    if (!projection) continue;
    try {
      writes.push(...projection.project(fromBinary(projection.schema, event.body), aboutOf(event)));
    } catch (error) {
      skipped += 1;
      log.warn({ err: error, event: event.id, type: event.type }, 'an event is left out of the rebuilt pages');
    }
  }
  return { writes, skipped };
}
