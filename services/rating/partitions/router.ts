import type { Logger } from '#shared/telemetry/log';
import { partitions } from '../usage/domain/partition.ts';
import type { EngineThread } from '../usage/engine/engineThread.ts';
import type { Split, SplitPart } from '../usage/engine/protocol.ts';
import { Inputs } from '../usage/import/inputs.ts';
import { Mutex } from '../usage/import/mutex.ts';
import { newWork, type Owner, restOf, type Way, type Work, type WorkPart } from '../usage/import/work.ts';
import { ownerOf } from './domain/ownership.ts';
import type { Chunk, Forward } from './forward.ts';
import { alone, type View } from './membership.ts';
import type { Member } from './store/members.ts';

/** So many are told apart before the first is committed; while more wait, reports join them. */
const mostUnderWay = 3;

export interface RouterOptions {
  pipeline: Way;
  engine: () => EngineThread;
  view: () => View;
  /** Said of a member that did not take its share. */
  suspect: (no: number) => void;
  forward: Forward;
  mostLines: number;
  bytes: number;
  log: Logger;
}

/**
 * Brings work to the owners of its partitions: this process's share into its pipeline, the others' to them. What an owner does not take is done here, under the
 * same chunk numbers, so it is counted once even if the owner did it after all.
 *
 * The records of a line keep their order: an owner gets one share after the other, and when the owners change everything under way is waited for first.
 */
export class Router implements Way {
  readonly #options: RouterOptions;
  readonly #queue: { work: Work; done: () => void }[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending = new Map<number, Mutex>();
  readonly #chunks = new WeakMap<Owner, number>();
  /** For what an owner did not take. It goes into the pipeline, which waits for nobody else, so it always comes back. */
  readonly #returned: Inputs;
  #view: View = alone;
  #running: Promise<void> | undefined;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#returned = new Inputs(1, options.bytes);
  }

  submit(work: Work): Promise<void> {
    const { pipeline, view } = this.#options;
    const isDirect = this.#running === undefined && this.#view === view() && !isShared(this.#view);
    if (isDirect) return this.#track(pipeline.submit(work));
    return new Promise((done) => {
      this.#queue.push({ work, done });
      this.#start();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running) await this.#running;
    await Promise.all(this.#underWay);
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#useView();
      while (this.#underWay.size >= mostUnderWay) await Promise.race(this.#underWay);
      const next = this.#queue.shift();
      if (!next) return;
      const { delivered } = isShared(this.#view)
        ? await this.#route(next.work)
        : { delivered: this.#options.pipeline.submit(next.work) };
      void this.#track(delivered).then(next.done);
    }
  }

  /** Takes the owners of now, once nothing is under way to those of before. */
  async #useView(): Promise<void> {
    for (let view = this.#options.view(); view !== this.#view; view = this.#options.view()) {
      await Promise.all(this.#underWay);
      this.#view = view;
      this.#sending.clear();
    }
  }

  #track(delivered: Promise<unknown>): Promise<void> {
    const tracked = delivered.then(() => {
      this.#underWay.delete(tracked);
    });
    this.#underWay.add(tracked);
    return tracked;
  }

  /** Tells the work apart and sends it off; `delivered` resolves when all of it is committed. */
  async #route(work: Work): Promise<{ delivered: Promise<unknown> }> {
    work.sealed = true;
    const sent: Promise<void>[] = [];
    try {
      for (let left: Work | undefined = work; left; ) {
        const { parts }: Work = left;
        const others = this.#view.members.filter(({ no }) => no !== this.#view.self);
        const split: Split = await this.#split(left, others);
        for (const share of split.shares) {
          const member = others[share.owner - 1];
          const lines = share.parts.map((each) => partOf(parts, each));
          if (member && share.bytes) sent.push(this.#send(member, left.businessNo, share.bytes, lines));
          else sent.push(this.#keep(left, lines));
        }
        left = split.rest && restOf(left, split.rest);
      }
    } catch (error) {
      for (const { owner } of work.parts) owner.failure ??= error;
    }
    return { delivered: Promise.all(sent) };
  }

  async #split({ businessNo, input, spare, parts }: Work, others: Member[]): Promise<Split> {
    const { engine, mostLines } = this.#options;
    const numbers = this.#view.members.map(({ no }) => no);
    const owners = Uint8Array.from({ length: partitions }, (_, partition) => {
      const owner = ownerOf(numbers, businessNo, partition);
      return others.findIndex(({ no }) => no === owner) + 1;
    });
    const split = await engine().call('split', {
      businessNo,
      input: input.memory,
      spare,
      mostLines,
      owners,
      parts: parts.map(({ owner, chunk: _, ...part }) => ({ ...part, firstLine: part.firstLine ?? owner.nextLine })),
    });
    for (const [index, nextLine] of split.nextLines.entries()) {
      const owner = parts[index]?.owner;
      if (owner) owner.nextLine = nextLine;
    }
    return split;
  }

  #keep({ businessNo, input, parts }: Work, lines: WorkPart[]): Promise<void> {
    const work = newWork(businessNo, input, lines);
    // What lines need there is never more than they have themselves, so the rest of the input keeps its own room.
    work.spare = input.bytes.length + (parts[0]?.from ?? 0);
    return this.#options.pipeline.submit(work);
  }

  #send(member: Member, businessNo: number, bytes: Uint8Array, lines: WorkPart[]): Promise<void> {
    const sending = this.#sending.get(member.no) ?? new Mutex();
    this.#sending.set(member.no, sending);
    for (const part of lines) part.chunk = this.#nextChunk(part.owner);
    return sending.run(async () => {
      if (!(await this.#offer(member, bytes, lines))) await this.#doHere(businessNo, bytes, lines);
    });
  }

  /** Whether the member has committed it. */
  async #offer(member: Member, bytes: Uint8Array, lines: WorkPart[]): Promise<boolean> {
    const { view, forward, suspect, log } = this.#options;
    if (!view().members.some(({ no }) => no === member.no)) return false;
    const wanted = lines.filter(({ owner }) => owner.failure === undefined);
    if (wanted.length === 0) return true;
    try {
      const answers = await forward(
        member,
        wanted.map((part) => chunkOf(part, bytes)),
      );
      for (const [index, { owner }] of wanted.entries()) owner.committed({ rejections: answers[index] ?? [] });
      return true;
    } catch (error) {
      log.warn({ err: error, member: member.no }, 'a rating process did not take its share of usage; done here');
      suspect(member.no);
      return false;
    }
  }

  async #doHere(businessNo: number, bytes: Uint8Array, lines: WorkPart[]): Promise<void> {
    const input = await this.#returned.take();
    input.bytes.set(bytes);
    input.length = bytes.length;
    await this.#options.pipeline.submit(newWork(businessNo, input, lines));
    this.#returned.giveBack(input);
  }

  #nextChunk(owner: Owner): number {
    const chunk = this.#chunks.get(owner) ?? 0;
    this.#chunks.set(owner, chunk + 1);
    return chunk;
  }
}

function partOf(parts: WorkPart[], { part, ...lines }: SplitPart): WorkPart {
  const whole = parts[part];
  if (!whole) throw new RangeError('a share is of a part');
  return { ...whole, ...lines, firstLine: 0 };
}

function chunkOf(part: WorkPart, bytes: Uint8Array): Chunk {
  const { fileNo, chunk = 0, format, fields, last, owner, numbers = new Int32Array() } = part;
  const { bytesRead } = owner;
  return { fileNo, chunk, format, fields, last, bytesRead, numbers, bytes: bytes.subarray(part.from, part.to) };
}

function isShared({ self, members }: View): boolean {
  return self !== undefined && members.length > 1;
}
