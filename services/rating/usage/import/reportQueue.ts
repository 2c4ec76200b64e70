import { invalidField } from '#shared/errors/fault';
import type { Inputs } from './inputs.ts';
import { Mutex } from './mutex.ts';
import { newWork, type Owner, type Way, type Work } from './work.ts';

/** Reports that share a batch: each has counts of its own to be written. */
const mostParts = 1_000;

interface Open {
  work: Work;
  done: Promise<void>;
}

/**
 * Brings reports on their way. While a batch waits for its turn, reports of the same business are added to it, so that many small ones share a
 * commit; alone, one is committed at once.
 */
export class ReportQueue {
  readonly #inputs: Inputs;
  readonly #pipeline: Way;
  readonly #open = new Map<number, Open>();
  readonly #adding = new Mutex();

  constructor(inputs: Inputs, pipeline: Way) {
    this.#inputs = inputs;
    this.#pipeline = pipeline;
  }

  /** Adds a message on the wire. Resolves when there was room for it, with what resolves when it is committed or its owner has failed. */
  async add(businessNo: number, owner: Owner, message: Uint8Array): Promise<{ done: Promise<void> }> {
    const most = this.#inputs.bytes;
    if (message.length > most) throw invalidField('records', `a message has at most ${most} bytes`);
    return this.#adding.run(async () => {
      const known = this.#open.get(businessNo);
      const fits = known && !known.work.sealed && hasRoom(known.work, message.length, this.#inputs.bytes);
      if (!fits) return this.#begin(businessNo, owner, message);
      append(known.work, owner, message);
      return { done: known.done };
    });
  }

  async #begin(businessNo: number, owner: Owner, message: Uint8Array): Promise<{ done: Promise<void> }> {
    const input = await this.#inputs.take();
    const work = newWork(businessNo, input, []);
    append(work, owner, message);
    const done = this.#pipeline.submit(work).then(() => this.#inputs.giveBack(input));
    this.#open.set(businessNo, { work, done });
    return { done };
  }
}

function hasRoom({ input, parts }: Work, bytes: number, most: number): boolean {
  return parts.length < mostParts && input.length + bytes <= most;
}

function append(work: Work, owner: Owner, message: Uint8Array): void {
  const { input } = work;
  const from = input.length;
  input.bytes.set(message, from);
  input.length += message.length;
  const part = { owner, fileNo: owner.fileNo, format: 'report' as const, from, to: input.length };
  work.parts.push({ ...part, fields: 6, last: false, overlong: false });
}
