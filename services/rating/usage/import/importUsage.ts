import { tmpdir } from 'node:os';
import type { Database } from '#shared/database/database';
import { faultOf } from '#shared/errors/classify';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { Logger } from '#shared/telemetry/log';
import { ownedBy } from '../../partitions/domain/ownership.ts';
import type { Chunk, Forward } from '../../partitions/forward.ts';
import { alone, type View } from '../../partitions/membership.ts';
import { Router } from '../../partitions/router.ts';
import { takeChunks } from '../../partitions/takeChunks.ts';
import { businessNo } from '../../store/businesses.ts';
import { EngineThread } from '../engine/engineThread.ts';
import type { ReportedRejection } from '../engine/protocol.ts';
import { longestLine } from '../engine/readCsv.ts';
import { beginFile, type FileKind, type UsageFileRow, unlockFile } from '../store/usageFiles.ts';
import { Connection } from './connection.ts';
import { countBytes } from './counted.ts';
import { finishFile } from './finishFile.ts';
import { heard } from './heard.ts';
import { Inputs } from './inputs.ts';
import { Judging } from './judging.ts';
import { Limiter } from './limiter.ts';
import { Mutex } from './mutex.ts';
import { Pipeline } from './pipeline.ts';
import { FileReader } from './readFile.ts';
import { Report } from './report.ts';
import { ReportQueue } from './reportQueue.ts';
import { unpack } from './unpack.ts';
import type { Owner } from './work.ts';

export interface BatchLimits {
  bytes: number;
  records: number;
}

export interface UsageImportOptions {
  database: Database;
  log: Logger;
  clock: { now(): Date };
  timeZone: string;
  /** Files imported at a time; each takes about 10 MB. */
  concurrency: number;
  limits?: BatchLimits;
  /** Which bits of fingerprints count; tests leave few, so that they collide. */
  mask?: number;
  /** Bytes that the keys of kept records may take in memory; what is more goes to a file in `scratchFolder`. */
  keyMemory?: number;
  scratchFolder?: string;
  mostPauseMs?: number;
  /** A file of which nothing comes for so long has lost its sender. */
  mostSilenceMs?: number;
  /** The other processes that take a share; without them this one does everything. */
  sharing?: Sharing;
}

export interface Sharing {
  view: () => View;
  suspect: (no: number) => void;
  forward: Forward;
}

export interface UsageFileInput {
  business: string;
  source: string;
  kind?: FileKind;
  pieces: AsyncIterable<Uint8Array>;
}

/** The larger a batch, the larger its blocks and the fewer its commits; the smaller, the less memory and the less a close has to wait for. */
const usualLimits: BatchLimits = { bytes: 8 * 1024 * 1024, records: 131_072 };
/** Batches beside those that are being collected: one is judged, one committed, one waits. */
const batchesUnderWay = 3;
/** Chunks of others: one is judged, one committed, one waits. */
const chunksUnderWay = 3;
const usualSilenceMs = 5 * 60 * 1000;
const usualKeyMemory = 512 * 1024 * 1024;

/** Imports usage. Everything of the process goes through one pipeline and one engine. */
export class UsageImport {
  readonly #options: UsageImportOptions;
  readonly #limits: BatchLimits;
  readonly #limiter: Limiter;
  readonly #inputs: Inputs;
  readonly #pipeline: Pipeline;
  readonly #router: Router;
  /** For what others send. It never waits for them, so they may wait for it. */
  readonly #foreign: Inputs;
  readonly #reports: ReportQueue;
  /** The session that holds the locks of all files that are being imported. */
  readonly #locks: Connection;
  readonly #locking = new Mutex();
  #judging: Judging | undefined;

  constructor(options: UsageImportOptions) {
    const { limits = usualLimits, concurrency, database } = options;
    if (limits.bytes < 2 * longestLine) throw new RangeError('a batch must have room for the longest line');
    this.#options = options;
    this.#limits = limits;
    this.#limiter = new Limiter(concurrency);
    this.#inputs = new Inputs(concurrency + batchesUnderWay, limits.bytes);
    const { mostPauseMs } = options;
    this.#pipeline = new Pipeline({ database, judging: () => this.#engine(), ...(mostPauseMs && { mostPauseMs }) });
    const { view = () => alone, suspect = () => {}, forward = nobody } = options.sharing ?? {};
    this.#router = new Router({
      pipeline: this.#pipeline,
      engine: () => this.#engine().engine,
      view,
      suspect,
      forward,
      mostLines: limits.records,
      bytes: limits.bytes,
      log: options.log,
    });
    this.#foreign = new Inputs(chunksUnderWay, limits.bytes);
    this.#reports = new ReportQueue(this.#inputs, this.#router);
    this.#locks = new Connection(database);
  }

  /** Reads the keys of all kept records; worth doing before the first file comes. */
  async warmUp(): Promise<void> {
    const { database, log } = this.#options;
    const started = performance.now();
    try {
      const { rows } = await database.query<{ no: number }>('select no from businesses order by no');
      for (const { no } of rows) await (await this.#engine().business(no)).loadKeys(database, this.#owned(no));
      log.info({ ms: Math.round(performance.now() - started) }, 'keys of usage records loaded');
    } catch (error) {
      log.warn({ err: error }, 'the keys of usage records could not be loaded yet');
    }
  }

  /** Imports a file; resolves when its last record is committed. */
  run(file: UsageFileInput): Promise<UsageFileRow> {
    return this.#limiter.run(() => this.#run(file));
  }

  /**
   * Takes a report, message by message as they are on the wire; resolves when its last record is committed. The messages are read no faster than
   * that.
   */
  async report(
    report: { business: string; source: string; mostRejections: number },
    messages: AsyncIterable<Uint8Array>,
  ): Promise<{ row: UsageFileRow; rejections: ReportedRejection[] }> {
    const { database, clock } = this.#options;
    const id = newId();
    const business = await businessNo(database, report.business);
    const { source } = report;
    const fileNo = await this.#begin({ id, businessNo: business, source, kind: 'REPORT', now: clock.now() });
    const { mostRejections } = report;
    const owner = new Report(this.#reports, { fileNo, businessNo: business, mostRejections });
    const row = await this.#whileLocked(id, fileNo, async () => {
      try {
        for await (const message of messages) await owner.take(message);
        await owner.end();
        return undefined;
      } catch (error) {
        await owner.settled();
        return faultOf(error);
      }
    });
    return { row, rejections: owner.rejections };
  }

  /** Commits what another process has received for partitions of this one. */
  take(chunks: Chunk[]): Promise<ReportedRejection[][]> {
    const { database } = this.#options;
    const { records } = this.#limits;
    return takeChunks(chunks, { database, pipeline: this.#pipeline, inputs: this.#foreign, mostLines: records });
  }

  /** Forgets the keys of partitions that are others' and were not used for so long. */
  async forgetForeign(unusedMs: number): Promise<void> {
    for (const business of (await this.#judging?.businesses()) ?? [])
      await business.keepOnly(new Set(this.#owned(business.no)), unusedMs);
  }

  /** How many partitions of a business this process has the keys of. */
  async heldPartitions(business: number): Promise<number> {
    const known = (await this.#judging?.businesses()) ?? [];
    return known.find(({ no }) => no === business)?.held.length ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#router[Symbol.asyncDispose]();
    await this.#pipeline[Symbol.asyncDispose]();
    await this.#locks.close();
    await this.#judging?.engine[Symbol.asyncDispose]();
  }

  async #run(file: UsageFileInput): Promise<UsageFileRow> {
    const { database, clock } = this.#options;
    const id = newId();
    const business = await businessNo(database, file.business);
    const fileNo = await this.#begin({
      id,
      businessNo: business,
      source: file.source,
      kind: file.kind ?? 'UPLOAD',
      now: clock.now(),
    });
    return this.#whileLocked(id, fileNo, () => this.#import(fileNo, business, file.pieces));
  }

  /** Ends a file whose import says why it failed, if it did, and gives its lock back. */
  async #whileLocked(id: string, fileNo: number, work: () => Promise<Fault | undefined>): Promise<UsageFileRow> {
    const { database, clock, log } = this.#options;
    try {
      const fault = await work();
      const end = { state: fault ? 'FAILED' : 'IMPORTED', reason: fault?.reason ?? '', now: clock.now() } as const;
      const row = await finishFile(database, fileNo, end);
      if (fault) {
        log.info({ file: id, reason: fault.reason, err: fault.cause }, 'usage file failed');
        throw new Fault(fault.reason, {
          message: fault.message,
          metadata: { ...fault.metadata, file: id },
          violations: fault.violations,
          cause: fault,
        });
      }
      if (!row)
        throw new Fault('USAGE_FILE_INTERRUPTED', { message: 'the import was given up', metadata: { file: id } });
      return row;
    } finally {
      // Where the session is lost, so is the lock.
      await this.#locking.run(async () => unlockFile(await this.#locks.get(), fileNo)).catch(() => {});
    }
  }

  #begin(file: Parameters<typeof beginFile>[1]): Promise<number> {
    return this.#locking.run(async () => {
      try {
        return await beginFile(await this.#locks.get(), file);
      } catch (error) {
        await this.#locks.rollBack();
        throw error;
      }
    });
  }

  async #import(fileNo: number, business: number, pieces: AsyncIterable<Uint8Array>): Promise<Fault | undefined> {
    // The header is the first line.
    const owner: Owner = { fileNo, failure: undefined, nextLine: 2, bytesRead: 0, committed: () => {} };
    const reader = new FileReader({ owner, businessNo: business, inputs: this.#inputs, pipeline: this.#router });
    const { mostSilenceMs = usualSilenceMs } = this.#options;
    const unpacked = unpack(heard(pieces, mostSilenceMs), (bytes) => {
      owner.bytesRead += bytes;
      countBytes(bytes);
    });
    try {
      await reader.run(unpacked);
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }

  /** All partitions, unless they are shared; none while it is not known yet which. */
  #owned(business: number): number[] {
    const { sharing } = this.#options;
    if (!sharing) return ownedBy(0, [0], business);
    const { self, members } = sharing.view();
    if (self === undefined) return [];
    return ownedBy(
      self,
      members.map(({ no }) => no),
      business,
    );
  }

  /** The engine, a new one where the old has failed. */
  #engine(): Judging {
    if (this.#judging && !this.#judging.engine.failed) return this.#judging;
    const { database, clock, log, timeZone, mask = -1 } = this.#options;
    const { keyMemory = usualKeyMemory, scratchFolder = tmpdir() } = this.#options;
    const { records } = this.#limits;
    const engine = new EngineThread({ timeZone, records, mask, keyMemory, scratchFolder }, (error) =>
      log.error({ err: error }, 'the usage engine has failed; the next batch starts a new one'),
    );
    this.#judging = new Judging(engine, {
      database,
      clock,
      mostLines: records,
      owned: (business) => this.#owned(business),
    });
    return this.#judging;
  }
}

const nobody: Forward = () => Promise.reject(new Error('there is nobody to share with'));
