import { Database } from '#shared/database/database';
import { isTransient } from '#shared/errors/classify';
import type { Logger } from '#shared/telemetry/log';
import { type Worker, worker } from '#shared/worker/worker';
import type { EventLog } from '../calls.ts';
import type { Source } from '../consumers/sources.ts';
import type { Generations } from '../store/generations.ts';
import { GenerationMissing } from '../store/store.ts';
import { SourceFailure } from './eventLog.ts';
import { type Filling, fill } from './fill.ts';
import { beginGeneration, endRebuild, insertRebuild, type RebuildRow, runningRebuild } from './record.ts';
import { removeLeftovers } from './removeLeftovers.ts';

export interface Rebuilding {
  database: Database;
  generations: Generations;
  sources: Source[];
  clientOf: (source: Source) => EventLog;
  log: Logger;
}

/** The consumers wait this long at most; if the sources cannot be read up by then, they go on and it is tried again. */
const switchMs = 10_000;

/**
 * Builds the view anew. A new generation is filled from the sources' logs while the old one is shown and kept up by the consumers.
 * When it has come near the end, the consumers are held for a moment: what the sources have emitted by then is everything the consumers
 * have applied and more, so once that is read, the new generation takes the old one's place and the consumers go on with it. Events
 * they apply a second time change nothing. Every step is recorded, so whoever takes over after a crash goes on from there.
 */
export function rebuildWorker(rebuilding: Rebuilding): Worker {
  // Left-overs are of an earlier process, or of a rebuild.
  let isTidy = false;
  return worker({
    name: 'mypage-rebuild',
    everyMs: 2_000,
    channel: 'mypage_rebuild',
    run: async (signal) => {
      const { database, generations } = rebuilding;
      await generations.ensure();
      await moveStore(rebuilding);
      const rebuild = await runningRebuild(database);
      if (rebuild) {
        isTidy = false;
        return rebuildStep(rebuilding, rebuild, signal);
      }
      if (!isTidy) await removeLeftovers(generations);
      isTidy = true;
      return 'idle';
    },
  });
}

async function rebuildStep(rebuilding: Rebuilding, rebuild: RebuildRow, signal: AbortSignal): Promise<'more' | 'idle'> {
  try {
    await advance(rebuilding, rebuild, signal);
    return 'more';
  } catch (error) {
    if (signal.aborted) return 'idle';
    if (error instanceof SourceFailure) return sourceFailed(rebuilding, rebuild, error);
    if (!(error instanceof GenerationMissing)) throw error;
    // Somebody removed what was filled so far.
    await rebuilding.database.query('update rebuilds set generation = null where id = $1', [rebuild.id]);
    return 'more';
  }
}

/** Pages that are in another store than they should be move by a rebuild; after one that failed, not before a minute has passed. */
async function moveStore({ database, generations, sources }: Rebuilding): Promise<void> {
  const shown = await generations.shown();
  if (!shown || shown.store === generations.wanted) return;
  const { rowCount } = await database.query(
    `select 1 from rebuilds where state = 'FAILED' and complete_time > now() - interval '1 minute'`,
  );
  if (rowCount > 0) return;
  const names = sources.map(({ name }) => name);
  await database.transaction((tx) => insertRebuild(tx, generations.wanted, names));
}

async function advance(rebuilding: Rebuilding, rebuild: RebuildRow, signal: AbortSignal): Promise<void> {
  const { generations, sources, clientOf, log } = rebuilding;
  await using database = new Database(rebuilding.database.url, { connections: 2 + sources.length });
  const generation = rebuild.generation ?? (await begin(rebuilding, rebuild));
  const store = generations.storeOf(rebuild.store);
  const filling: Filling = { rebuildId: rebuild.id, generation, store, database, clientOf, log };
  const fillAll = (until: AbortSignal) => allSettled(sources.map((source) => fill(filling, source, until)));
  await fillAll(signal);
  // Whatever was emitted during the first, long pass.
  await fillAll(signal);
  await database.transaction(async (tx) => {
    await generations.holdAlone(tx);
    await within(switchMs, signal, fillAll);
    await generations.show(tx, { number: generation, store: store.kind });
    await endRebuild(tx, rebuild.id, 'COMPLETED');
  });
  log.info({ rebuild: rebuild.id, generation, store: store.kind }, 'the pages are rebuilt');
}

async function begin({ database, generations }: Rebuilding, rebuild: RebuildRow): Promise<number> {
  const number = await generations.nextNumber(database);
  await generations.storeOf(rebuild.store).make(number);
  await database.transaction((tx) => beginGeneration(tx, rebuild.id, number));
  return number;
}

async function sourceFailed(
  { database, log }: Rebuilding,
  rebuild: RebuildRow,
  { source, fault }: SourceFailure,
): Promise<'more' | 'idle'> {
  if (isTransient(fault)) {
    log.info({ rebuild: rebuild.id, source, reason: fault.reason }, 'the rebuild waits for a source');
    return 'idle';
  }
  await endRebuild(database, rebuild.id, 'FAILED', fault.reason);
  log.error({ rebuild: rebuild.id, source, err: fault }, 'the rebuild is given up; the old pages stay');
  return 'more';
}

async function within(ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  // A timer that is held here: a signal of AbortSignal.timeout that only AbortSignal.any knows may be collected before it fires.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  await work(AbortSignal.any([signal, late.signal])).finally(() => clearTimeout(timer));
}

/** Like Promise.all, but nothing goes on behind a failure. */
async function allSettled(works: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
