import type { Transaction } from '#shared/database/database';

/**
 * Runs the statements of a transaction in order: on a connection in pipeline mode without waiting for one's answer before the next
 * is sent, else one by one. The first failure fails all, and the server refuses what was sent behind it.
 */
export async function inOrder(tx: Transaction, steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const { pipeline, connection } = tx.client as unknown as Pipelined;
  if (!pipeline) {
    for (const step of steps) await step();
    return;
  }
  // One packet for all of them, where the client library would write one each.
  connection?.stream?.cork();
  const running = steps.map((step) => step());
  connection?.stream?.uncork();
  const failed = (await Promise.allSettled(running)).find((outcome) => outcome.status === 'rejected');
  // The first one: those behind it only say that the transaction is lost.
  if (failed) throw failed.reason;
}

/** What the client library has and its types do not say; without the stream it is only slower. */
interface Pipelined {
  pipeline?: boolean;
  connection?: { stream?: { cork: () => void; uncork: () => void } };
}
