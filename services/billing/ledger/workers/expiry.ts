import type { Database } from '#shared/database/database';
import { sleep } from '#shared/process/background';
import type { Clock } from '#shared/runtime/service';
import { type Worker, worker } from '#shared/worker/worker';
import type { Ledger } from '../batch/ledger.ts';
import type { Command } from '../domain/command.ts';
import { type Due, readDue, readNextEnd } from '../store/due.ts';

const everyMs = 1_000;
const most = 500;

/**
 * Gives back reservations and takes back credits whose time is over. Each is decided again under its account's lock, so that
 * repeating it, or meeting a commit at the last moment, does no harm.
 */
export function expiryWorker({
  database,
  ledger,
  clock,
}: {
  database: Database;
  ledger: Ledger;
  clock: Clock;
}): Worker {
  return worker({
    name: 'ledger-expiry',
    everyMs,
    run: async (signal) => {
      const due = await readDue(database, clock.now(), most);
      if (due.length > 0) {
        await expireAll(ledger, due);
        return 'more';
      }
      const next = await readNextEnd(database);
      const waitMs = next ? next.getTime() - clock.now().getTime() : everyMs;
      if (waitMs >= everyMs) return 'idle';
      await sleep(waitMs, signal);
      return 'more';
    },
  });
}

async function expireAll(ledger: Ledger, due: readonly Due[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    due.map((each) => ledger.submit({ command: commandOf(each), accountId: each.accountId, reply: () => undefined })),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

function commandOf({ kind, id, accountId }: Due): Command {
  return kind === 'reservation'
    ? { kind: 'expire-reservation', reservationId: id }
    : { kind: 'expire-credit', accountId, creditId: id };
}
