import { setImmediate } from 'node:timers/promises';
import type { Sql } from '#shared/database/database';
import { checkHeader, longestHeader } from '../domain/fileHeader.ts';
import { longestLine } from '../domain/readRecords.ts';
import type { BatchLimits } from '../domain/recordBatch.ts';
import { accountRevision } from '../store/lineDirectories.ts';
import { commitBatch, type ImportSession } from './commitBatch.ts';
import { FileBatch } from './fileBatch.ts';

const lineFeed = 10;
/** A slow upload commits what it has after so long, so that its progress is seen. */
const longestWaitMs = 1_000;

export interface ImporterOptions {
  limits: BatchLimits;
  /** Bytes of the upload so far. */
  bytesRead: () => number;
}

/**
 * The pipeline of one file: bytes are collected in one batch, read and judged, and committed while the next batch is
 * collected and read. Two batches, used in turn, are all the memory that a file takes, however large it is.
 */
export class Importer {
  readonly #session: ImportSession;
  readonly #sql: Sql;
  readonly #options: ImporterOptions;
  #collecting: FileBatch;
  #committing: FileBatch;
  #inFlight: Promise<void> | undefined;
  #line = 1;
  #skipping = false;
  #lastCommit = performance.now();

  constructor(session: ImportSession, sql: Sql, options: ImporterOptions) {
    if (options.limits.bytes < 2 * longestLine) throw new RangeError('a batch must have room for the longest line');
    this.#session = session;
    this.#sql = sql;
    this.#options = options;
    this.#collecting = new FileBatch(options.limits, session.fileNo, session.businessNo);
    this.#committing = new FileBatch(options.limits, session.fileNo, session.businessNo);
  }

  /** Reads the file to its end and commits all of it. When it throws, what was committed by then stands. */
  async run(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of pieces) await this.#take(piece);
      if (this.#line === 1) this.#takeHeader(true);
      do await this.#flush(true);
      while (this.#collecting.records.length > 0);
      await this.#settled();
    } finally {
      // The connection must not be given up while a commit is under way on it.
      await this.#inFlight?.catch(() => {});
    }
  }

  async #take(piece: Uint8Array): Promise<void> {
    const { limits } = this.#options;
    for (let from = this.#skip(piece); from < piece.length; ) {
      const { records } = this.#collecting;
      const room = Math.min(limits.bytes - records.length, piece.length - from);
      records.bytes.set(piece.subarray(from, from + room), records.length);
      records.length += room;
      from += room;
      if (this.#line === 1 && !this.#takeHeader(false)) continue;
      if (this.#collecting.records.length === limits.bytes) await this.#flush(false);
      if (this.#skipping) from += this.#skip(piece.subarray(from));
    }
    const waited = performance.now() - this.#lastCommit > longestWaitMs;
    if (waited && this.#line > 1 && this.#inFlight === undefined) await this.#flush(false);
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
  #takeHeader(ended: boolean): boolean {
    const { records } = this.#collecting;
    const end = records.bytes.subarray(0, records.length).indexOf(lineFeed);
    if (end < 0 && records.length <= longestHeader && !ended) return false;
    checkHeader(records.bytes.subarray(0, end < 0 ? records.length : end));
    this.#line = 2;
    const start = end < 0 ? records.length : end + 1;
    records.bytes.copyWithin(0, start, records.length);
    records.length -= start;
    return true;
  }

  /** Reads what was collected, waits for the batch before, and begins to commit this one. */
  async #flush(last: boolean): Promise<void> {
    const batch = this.#collecting;
    const { records } = batch;
    batch.firstLine = this.#line;
    batch.last = last;
    batch.overlong = undefined;
    records.bytesRead = this.#options.bytesRead();
    const revision = await accountRevision(this.#sql);
    const judgement = await this.#session.judge(this.#sql, revision, true);
    const { position, nextLine } = await batch.read(judgement);
    await setImmediate();
    batch.encode();
    batch.forKept((index) => this.#session.keep(records.hi[index] ?? 0, records.lo[index] ?? 0));
    this.#line = nextLine;
    await this.#settled();

    const next = this.#committing;
    const rest = this.#giveUpLongLine(batch, position, last);
    records.bytes.copy(next.records.bytes, 0, rest, records.length);
    next.records.length = records.length - rest;
    records.length = position;
    this.#collecting = next;
    this.#committing = batch;
    this.#lastCommit = performance.now();
    this.#inFlight = commitBatch(this.#session, batch);
    // Its failure is thrown where it is waited for; until then nobody listens.
    this.#inFlight.catch(() => {});
  }

  /** What is left over is a line that has not ended yet. Past the longest line it is refused and its rest skipped. */
  #giveUpLongLine(batch: FileBatch, position: number, last: boolean): number {
    const { records } = batch;
    const rest = records.length - position;
    const whole = records.bytes.subarray(position, records.length).includes(lineFeed);
    if (whole || rest <= longestLine || last) return position;
    const detail = 'the line is longer than 64 KiB';
    batch.overlong = { line: this.#line++, reason: 'MALFORMED', detail, from: position, to: records.length, index: -1 };
    records.rejections.push(batch.overlong);
    this.#skipping = true;
    return records.length;
  }

  async #settled(): Promise<void> {
    await this.#inFlight;
    this.#inFlight = undefined;
  }
}
