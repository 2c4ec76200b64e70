import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Encoded } from '../engine/protocol.ts';
import { commitBatch, Interrupted, KnownChunks, Stale } from './commitBatch.ts';
import { Connection } from './connection.ts';
import { countRecords } from './counted.ts';
import type { Judging } from './judging.ts';
import { Mutex } from './mutex.ts';
import { type Judged, type Owner, readParts, restOf, type Work } from './work.ts';

const attempts = 20;
const usualPauseMs = 30_000;

export interface PipelineOptions {
  database: Database;
  /** The engine, a new one after it has failed. */
  judging: () => Judging;
  /** How long a commit may stand still, as one does whose process is stopped, before others need not wait for it any more. */
  mostPauseMs?: number;
}

interface Committing {
  judging: Judging;
  /** Whether the batch is committed. Never rejects. */
  done: Promise<boolean>;
}

/**
 * The one way into the books: all batches of the process are judged in the order in which they come, and committed in that order. While one is being committed
 * the next one is judged, against everything before it, committed or not. When a commit fails, what was judged behind it is judged again without it.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #connection: Connection;
  readonly #queue: Work[] = [];
  /** A batch is judged in several steps between which no other may be taken back. */
  readonly #judging = new Mutex();
  /** Rises when batches are taken back: one that was judged before must be judged again. */
  #epoch = 0;
  #running: Promise<void> | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#connection = new Connection(options.database, options.mostPauseMs ?? usualPauseMs);
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** Resolves when all of it is committed, or its owners have failed. */
  submit(work: Work): Promise<void> {
    return new Promise((done) => {
      work.done = done;
      this.#queue.push(work);
      this.#start();
    });
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What came between the last look and now.
      if (this.#queue.length > 0) this.#start();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running) await this.#running;
    await this.#connection.close();
  }

  async #run(): Promise<void> {
    let committing: Committing | undefined;
    while (this.#queue.length > 0 || committing) {
      const work = this.#queue.shift();
      if (!work) {
        await committing?.done;
        committing = undefined;
        continue;
      }
      work.sealed = true;
      dropFailed(work);
      if (work.parts.length === 0) {
        work.done();
        continue;
      }
      committing = (await this.#next(work, committing)) ?? committing;
    }
  }

  /** Judges a batch while the one before is committed, and begins to commit it. */
  async #next(work: Work, before: Committing | undefined): Promise<Committing | undefined> {
    const epoch = this.#epoch;
    try {
      const judging = this.#options.judging();
      let judged = await this.#judging.run(() => judging.judge(work));
      await before?.done;
      if (!judged || epoch !== this.#epoch) judged = await this.#judging.run(() => judging.judge(work));
      if (!judged) throw new Error('unreachable: nothing is under way that the batch could wait for');
      const { rest } = judged.encoded;
      if (rest) {
        this.#queue.unshift(restOf(work, rest));
        work.parts = readParts(work, rest);
        work.goesOn = true;
      }
      return { judging, done: this.#commit(judging, judged) };
    } catch (error) {
      await before?.done;
      this.#fail(work, error);
      return undefined;
    }
  }

  async #commit(judging: Judging, first: Judged<Encoded>): Promise<boolean> {
    const { work } = first;
    let judged = first;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#attempt(judging, judged, attempt > 1);
        this.#committed(judged);
        return true;
      } catch (error) {
        await this.#connection.rollBack();
        const again = attempt < attempts && this.#mayRepeat(work, error);
        const next = await this.#takeBack(judging, judged, again, error instanceof Stale ? error.revision : -1n);
        if (next) judged = next;
        else {
          this.#fail(work, error);
          return false;
        }
      }
    }
  }

  async #attempt(judging: Judging, judged: Judged<Encoded>, lenient: boolean): Promise<void> {
    const client = await this.#connection.get();
    const business = await judging.business(judged.work.businessNo);
    const heads = await commitBatch(judged, { client, judging, business, lenient });
    business.committed(heads);
    // The batch is committed, whatever becomes of the engine.
    await judging.settle(judged.batch).catch(() => {});
  }

  /** Takes a batch and all behind it back; judges it again if that is worth it. */
  async #takeBack(judging: Judging, judged: Judged<Encoded>, again: boolean, revision: bigint) {
    return this.#judging
      .run(async () => {
        this.#epoch++;
        await judging.rewind(judged.batch);
        // Not before nobody takes it for one of this process's own any more, and not while somebody is learning.
        if (judged.asked) (await judging.business(judged.work.businessNo)).forget(judged.asked);
        if (!again || judged.work.parts.length === 0) return undefined;
        return judging.judge(judged.work, this.#options.database, revision);
      })
      .catch(() => undefined);
  }

  /** Whether the failure was one of timing. A file that was given up leaves its batch to the others. */
  #mayRepeat(work: Work, error: unknown): boolean {
    if (error instanceof Interrupted) {
      error.owner.failure = new Fault('USAGE_FILE_INTERRUPTED', { message: 'the import was given up' });
      dropFailed(work);
      return true;
    }
    if (error instanceof KnownChunks) {
      const known = new Map(error.chunks.map(({ part, rejections }) => [part, rejections]));
      for (const [part, rejections] of known) part.owner.committed({ rejections });
      work.parts = work.parts.filter((part) => !known.has(part));
      return true;
    }
    const { code } = error as { code?: string };
    return error instanceof Stale || code === '40P01' || code === '40001';
  }

  #committed({ work, encoded }: Judged<Encoded>): void {
    countRecords(encoded.parts);
    for (const [index, result] of encoded.parts.entries()) work.parts[index]?.owner.committed(result);
    end(work);
  }

  #fail(work: Work, error: unknown): void {
    for (const { owner } of work.parts) owner.failure ??= error;
    end(work);
  }
}

function dropFailed(work: Work): void {
  const lives = ({ failure }: Owner) => failure === undefined;
  work.parts = work.parts.filter(({ owner }) => lives(owner));
}

/** Where a batch was full the rest is on its way, and says itself when it is done. */
function end(work: Work): void {
  if (!work.goesOn) work.done();
}
