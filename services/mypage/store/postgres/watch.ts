import type { Database } from '#shared/database/database';
import { backOff, sleep } from '#shared/process/background';
import { DatabaseSession } from '#shared/process/session';
import type { ChangeKey, Listener } from '../store.ts';
import { tablesOf } from './tables.ts';

/** Listens on a connection of its own. While that is lost nothing is heard, so the listener is told once there is another. */
export async function watchChanges(
  database: Database,
  generation: number,
  signal: AbortSignal,
  listener: Listener,
): Promise<void> {
  let session = await open(database, generation, listener);
  void (async () => {
    while (!signal.aborted) {
      await lostOrStopped(session.lost, signal);
      await session.end();
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          session = await open(database, generation, listener);
          listener.missed();
          break;
        } catch {
          await sleep(backOff(attempt, 100, 5_000), signal);
        }
      }
    }
    await session.end();
  })();
}

async function open(database: Database, generation: number, listener: Listener): Promise<DatabaseSession> {
  const session = await DatabaseSession.open(database);
  try {
    await session.listen(tablesOf(generation).channel, (payload) => {
      const key = readPayload(payload);
      if (key) listener.changed(key);
      else listener.missed();
    });
    return session;
  } catch (error) {
    await session.end();
    throw error;
  }
}

function readPayload(payload: string): ChangeKey | undefined {
  if (payload === '') return undefined;
  const [customerId, ref] = JSON.parse(payload) as [string, string];
  return { customerId, ref };
}

function lostOrStopped(lost: AbortSignal, signal: AbortSignal): Promise<void> {
  const either = AbortSignal.any([lost, signal]);
  return new Promise((resolve) => {
    if (either.aborted) resolve();
    else either.addEventListener('abort', () => resolve(), { once: true });
  });
}
