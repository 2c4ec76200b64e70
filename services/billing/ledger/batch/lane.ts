import { faultOf } from '#shared/errors/classify';
import { Fault } from '#shared/errors/fault';
import type { Outcome, Patience, Submission } from './submission.ts';

interface Waiting {
  submission: Submission;
  patience: Patience | undefined;
  settle: (outcome: Outcome) => void;
}

export type Run = (batch: readonly Submission[]) => Promise<Outcome[]>;

/**
 * Runs batches one after another. While one is under way the next gathers, so batches are as large as the load makes them: alone a command
 * waits for nobody, and a thousand at a time share one transaction.
 */
export class Lane {
  readonly #run: Run;
  readonly #most: number;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(run: Run, most: number) {
    this.#run = run;
    this.#most = most;
  }

  submit(submission: Submission, patience?: Patience): Promise<Outcome> {
    return new Promise((settle) => {
      this.#waiting.push({ submission, patience, settle });
      if (this.#running) return;
      this.#running = true;
      // Whatever has arrived together goes together.
      setImmediate(() => this.#runAll());
    });
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch: Waiting[] = [];
      for (const waiting of this.#waiting.splice(0, this.#most)) {
        const fault = overFault(waiting.patience);
        if (fault) waiting.settle({ fault });
        else batch.push(waiting);
      }
      if (batch.length > 0) await this.#settle(batch);
    }
    this.#running = false;
  }

  /** A batch that fails is tried again in halves, down to the command that makes it fail: the others are not harmed. */
  async #settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#run(batch.map(({ submission }) => submission));
      for (const [index, { settle }] of batch.entries()) settle(outcomes[index] ?? { fault: new Error('no outcome') });
    } catch (error) {
      const unreachable = faultOf(error).reason === 'DEPENDENCY_UNAVAILABLE';
      if (batch.length === 1 || unreachable) {
        for (const { settle } of batch) settle({ fault: error });
        return;
      }
      const half = batch.length >> 1;
      await this.#settle(batch.slice(0, half));
      await this.#settle(batch.slice(half));
    }
  }
}

function overFault(patience: Patience | undefined): Fault | undefined {
  if (!patience) return undefined;
  const { signal, deadline } = patience;
  if (deadline && deadline.getTime() <= Date.now()) {
    return new Fault('DEADLINE_EXCEEDED', { message: 'the deadline passed before the command began' });
  }
  return signal.aborted ? new Fault('CANCELLED', { message: 'the caller went away' }) : undefined;
}
