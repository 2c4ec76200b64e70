import { checkHeader, longestHeader } from '../domain/fileHeader.ts';
import type { FieldCount } from '../domain/recordFields.ts';
import { longestLine } from '../engine/readCsv.ts';
import type { Input, Inputs } from './inputs.ts';
import { newWork, type Owner, type Way } from './work.ts';

const lineFeed = 10;
/** A slow upload commits what it has after so long, so that its progress is seen. */
const longestWaitMs = 1_000;
const nothing = Buffer.alloc(0);

export interface FileReading {
  owner: Owner;
  businessNo: number;
  inputs: Inputs;
  pipeline: Way;
}

/**
 * Brings the bytes of a file on their way: they are collected until there are enough for a batch, cut behind the last line end, and submitted.
 * What is behind that line end goes before the next bytes.
 */
export class FileReader {
  readonly #reading: FileReading;
  #input: Input | undefined;
  #fields: FieldCount | undefined;
  #skipping = false;
  /** The beginning of a line whose rest has not come yet. */
  #rest = nothing;
  #lastSubmit = performance.now();
  readonly #underWay = new Set<Promise<void>>();

  constructor(reading: FileReading) {
    this.#reading = reading;
  }

  /** Reads the file to its end; resolves when all of it is committed. When it throws, what was committed by then stands. */
  async run(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const { inputs, owner } = this.#reading;
    try {
      for await (const piece of pieces) {
        await this.#take(piece);
        if (owner.failure !== undefined) break;
      }
      if (owner.failure === undefined) await this.#end();
    } finally {
      // A file that breaks off keeps what is on its way, and nothing that was still being collected.
      if (this.#input) inputs.giveBack(this.#input);
      await Promise.all(this.#underWay);
    }
    if (owner.failure !== undefined) throw owner.failure;
  }

  async #take(piece: Uint8Array): Promise<void> {
    for (let from = this.#skip(piece); from < piece.length; ) {
      const input = await this.#collecting();
      const room = Math.min(input.bytes.length - input.length, piece.length - from);
      input.bytes.set(piece.subarray(from, from + room), input.length);
      input.length += room;
      from += room;
      if (this.#fields === undefined && !this.#takeHeader(input, false)) continue;
      if (input.length === input.bytes.length) this.#submit(input, false);
      if (this.#skipping) from += this.#skip(piece.subarray(from));
    }
    const waited = performance.now() - this.#lastSubmit > longestWaitMs;
    if (waited && this.#input && this.#fields !== undefined && this.#underWay.size === 0)
      this.#submit(this.#input, false);
  }

  async #end(): Promise<void> {
    const input = await this.#collecting();
    if (this.#fields === undefined) this.#takeHeader(input, true);
    this.#submit(input, true);
  }

  async #collecting(): Promise<Input> {
    if (this.#input) return this.#input;
    const input = await this.#reading.inputs.take();
    this.#input = input;
    input.bytes.set(this.#rest, 0);
    input.length = this.#rest.length;
    this.#rest = nothing;
    return input;
  }

  /** While inside a line that is too long: how many of the bytes belong to it. */
  #skip(piece: Uint8Array): number {
    if (!this.#skipping) return 0;
    const end = piece.indexOf(lineFeed);
    if (end < 0) return piece.length;
    this.#skipping = false;
    return end + 1;
  }

  /** Takes the first line away, once it is there. */
  #takeHeader(input: Input, ended: boolean): boolean {
    const end = input.bytes.subarray(0, input.length).indexOf(lineFeed);
    if (end < 0 && input.length <= longestHeader && !ended) return false;
    this.#fields = checkHeader(input.bytes.subarray(0, end < 0 ? input.length : end));
    const start = end < 0 ? input.length : end + 1;
    input.bytes.copyWithin(0, start, input.length);
    input.length -= start;
    return true;
  }

  /** Submits the whole lines, and all of it at the end. Past the longest line a beginning is as good as the whole: it is refused and its rest skipped. */
  #submit(input: Input, last: boolean): void {
    const { owner, businessNo, inputs, pipeline } = this.#reading;
    const whole = input.bytes.subarray(0, input.length).lastIndexOf(lineFeed) + 1;
    const overlong = !last && input.length - whole > longestLine;
    const to = last || overlong ? input.length : whole;
    if (to === 0) return;
    const part = {
      owner,
      fileNo: owner.fileNo,
      format: 'csv' as const,
      from: 0,
      to,
      fields: this.#fields ?? 6,
      last,
      overlong,
    };
    this.#skipping = overlong;
    const rest = Buffer.from(input.bytes.subarray(to, input.length));
    this.#input = undefined;
    this.#lastSubmit = performance.now();
    const done = pipeline.submit(newWork(businessNo, input, [part])).then(() => {
      inputs.giveBack(input);
      this.#underWay.delete(done);
    });
    this.#underWay.add(done);
    this.#rest = rest;
  }
}
