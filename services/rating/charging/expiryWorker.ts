import type { Database, Transaction } from '#shared/database/database';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { type Worker, worker } from '#shared/worker/worker';
import { expiryCommand } from './domain/command.ts';
import { type Charge, chargeOf } from './saga/charge.ts';
import { lockExpired, saveSession } from './store/sessions.ts';

const most = 100;

export interface ExpiryOptions {
  database: Database;
  clock: { now(): Date };
  saga: Saga<Charge>;
}

/** Ends sessions that nobody has reported of in time: what was reported is paid, the rest of the reservation released. */
export function expiryWorker({ database, clock, saga }: ExpiryOptions): Worker {
  return worker({
    name: 'charging-expiry',
    everyMs: 1_000,
    run: async () => {
      const ended = await database.transaction((tx) => endExpired(tx, saga, clock.now()));
      return ended === most ? 'more' : 'idle';
    },
  });
}

async function endExpired(tx: Transaction, saga: Saga<Charge>, now: Date): Promise<number> {
  const sessions = await lockExpired(tx, now, most);
  for (const session of sessions) {
    const command = expiryCommand(session.id);
    await saveSession(tx, { ...session, command });
    const asked = { kind: 'EXPIRE', sequence: session.sequence, requested: '0', grantTime: now } as const;
    await startSaga(tx, saga, command, chargeOf(session, asked));
  }
  return sessions.length;
}
