import { EventEmitter } from 'node:events';
import type { Sql } from '../database/database.ts';
import { Alarm } from '../process/alarm.ts';

/** A saga, by its definition's type and its id. */
export interface SagaName {
  type: string;
  id: string;
}

// Sagas that end in this process say so here; a word about a saga of another database only makes its listener look once more.
const ends = new EventEmitter().setMaxListeners(0);
const pollMs = 1_000;

export function announceEnd({ type, id }: SagaName): void {
  ends.emit(`${type}:${id}`);
}

/**
 * Waits until a saga is over, for a limited time; says whether it is. One that ends in this process is noticed at once, one that
 * another process drives within a second.
 */
export async function untilEnded(
  sql: Sql,
  { type, id }: SagaName,
  limit: { ms: number; signal: AbortSignal },
): Promise<boolean> {
  const name = `${type}:${id}`;
  const deadline = Date.now() + limit.ms;
  const alarm = new Alarm();
  let endedHere = false;
  const onEnd = () => {
    endedHere = true;
    alarm.ring();
  };
  ends.on(name, onEnd);
  try {
    for (let look = false; !limit.signal.aborted; look = true) {
      if (endedHere) return true;
      // One that this process is driving at the moment is not asked about at first.
      if ((look || !driven.has(name)) && (await isOver(sql, type, id))) return true;
      const left = deadline - Date.now();
      if (left <= 0) return false;
      await alarm.wait(Math.min(left, pollMs), limit.signal);
    }
    return false;
  } finally {
    ends.off(name, onEnd);
  }
}

/** The sagas that this process drives right now. */
export const driven = new Set<string>();

async function isOver(sql: Sql, type: string, id: string): Promise<boolean> {
  const { rows } = await sql.query<{ done: boolean }>('select done from sagas where type = $1 and id = $2', [type, id]);
  return rows[0]?.done ?? false;
}
