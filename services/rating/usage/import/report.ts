import type { PartResult, ReportedRejection } from '../engine/protocol.ts';
import { countBytes } from './counted.ts';
import type { ReportQueue } from './reportQueue.ts';
import type { Owner } from './work.ts';

/** A stream has so many messages on their way before more are read. */
const mostMessages = 64;

/** A report that is being taken: one call, or one stream. */
export class Report implements Owner {
  readonly fileNo: number;
  failure: unknown;
  /** Records of a report are counted from 1. */
  nextLine = 1;
  bytesRead = 0;
  readonly #rejections: ReportedRejection[] = [];
  readonly #businessNo: number;
  readonly #queue: ReportQueue;
  readonly #mostRejections: number;
  readonly #underWay = new Set<Promise<void>>();

  constructor(queue: ReportQueue, about: { fileNo: number; businessNo: number; mostRejections: number }) {
    this.#queue = queue;
    this.fileNo = about.fileNo;
    this.#businessNo = about.businessNo;
    this.#mostRejections = about.mostRejections;
  }

  /** Takes a message on the wire; resolves when the next one may come. */
  async take(message: Uint8Array): Promise<void> {
    this.bytesRead += message.length;
    countBytes(message.length);
    const { done } = await this.#queue.add(this.#businessNo, this, message);
    const settled = done.then(() => {
      this.#underWay.delete(settled);
    });
    this.#underWay.add(settled);
    while (this.#underWay.size >= mostMessages) await Promise.race(this.#underWay);
    if (this.failure !== undefined) throw this.failure;
  }

  /** Resolves when all of it is committed. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
    if (this.failure !== undefined) throw this.failure;
  }

  /** In the order of the records, which processes that share them do not keep. */
  get rejections(): ReportedRejection[] {
    return this.#rejections.sort((one, other) => one.index - other.index);
  }

  /** Waits until nothing of it is on its way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  committed(result: Pick<PartResult, 'rejections'>): void {
    for (const rejection of result.rejections) {
      if (this.#rejections.length < this.#mostRejections) this.#rejections.push(rejection);
    }
  }
}
