import type { Database } from '#shared/database/database';
import { faultOf } from '#shared/errors/classify';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { Logger } from '#shared/telemetry/log';
import { businessNo } from '../../store/businesses.ts';
import { Months } from '../domain/months.ts';
import type { BatchLimits } from '../domain/recordBatch.ts';
import { recordSlot } from '../domain/recordSlot.ts';
import { usageTimeOf } from '../domain/usageTime.ts';
import { KnownIds } from '../store/knownIds.ts';
import { LineDirectories } from '../store/lineDirectories.ts';
import { beginFile, type UsageFileRow } from '../store/usageFiles.ts';
import type { ImportSession } from './commitBatch.ts';
import { finishFile } from './finishFile.ts';
import { Importer } from './importer.ts';
import { Limiter } from './limiter.ts';
import { unpack } from './unpack.ts';

/** Clocks of network elements may be ahead by so much. */
const skewMs = 5 * 60 * 1000;

export interface UsageImportOptions {
  database: Database;
  log: Logger;
  clock: { now(): Date };
  timeZone: string;
  /** Files imported at a time; each takes about 150 MB. */
  concurrency: number;
  limits?: BatchLimits;
  /** Where ids stand in the index; tests choose one with many collisions. */
  hash?: typeof recordSlot;
}

/**
 * The larger a batch, the more of its ids are neighbours in the index and share a page; the smaller, the less memory, and the less
 * a close has to wait for. At about 100 bytes a record both limits are met together.
 */
const usualLimits: BatchLimits = { bytes: 16 * 1024 * 1024, records: 200_000 };

/** Imports usage files. What it remembers of lines and ids, it shares between the files of the process. */
export class UsageImport {
  readonly #options: UsageImportOptions;
  readonly #limiter: Limiter;
  readonly #months: Months;
  readonly #directories = new LineDirectories();
  readonly #knownIds: KnownIds;

  constructor(options: UsageImportOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.concurrency);
    this.#months = new Months(options.timeZone);
    this.#knownIds = new KnownIds(options.database, options.log);
  }

  /** Reads the ids of all kept records into the filter; worth doing before the first file comes. */
  warmUp(): Promise<void> {
    return this.#knownIds.refresh();
  }

  /** Imports a file; resolves when its last record is committed. */
  run(file: { business: string; source: string; pieces: AsyncIterable<Uint8Array> }): Promise<UsageFileRow> {
    return this.#limiter.run(() => this.#run(file));
  }

  async #run(file: { business: string; source: string; pieces: AsyncIterable<Uint8Array> }): Promise<UsageFileRow> {
    const { database, clock, log, limits = usualLimits } = this.#options;
    const client = await database.connect();
    // A lost connection fails the statement that is under way; without a listener it would end the process.
    client.on('error', () => {});
    const id = newId();
    try {
      const business = await businessNo(database, file.business);
      const fileNo = await beginFile(client, { id, businessNo: business, source: file.source, now: clock.now() });
      const fault = await this.#import({ ...this.#session(business), client, fileNo }, limits, file.pieces);
      void this.#knownIds.refresh();
      const end = { state: fault ? 'FAILED' : 'IMPORTED', reason: fault?.reason ?? '', now: clock.now() } as const;
      const row = await finishFile(database, fileNo, end);
      if (fault) {
        log.info({ file: id, reason: fault.reason, err: fault.cause }, 'usage file failed');
        throw new Fault(fault.reason, {
          message: fault.message,
          metadata: { ...fault.metadata, file: id },
          cause: fault,
        });
      }
      if (!row)
        throw new Fault('USAGE_FILE_INTERRUPTED', { message: 'the import was given up', metadata: { file: id } });
      return row;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async #import(
    session: ImportSession,
    limits: BatchLimits,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<Fault | undefined> {
    let received = 0;
    const importer = new Importer(session, this.#options.database, { limits, bytesRead: () => received });
    const unpacked = unpack(pieces, (bytes) => {
      received += bytes;
    });
    try {
      await importer.run(unpacked);
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }

  #session(business: number): Pick<ImportSession, 'businessNo' | 'months' | 'keep' | 'judge'> {
    const { clock, hash = recordSlot } = this.#options;
    return {
      businessNo: business,
      months: this.#months,
      keep: (hi, lo) => this.#knownIds.add(hi, lo),
      judge: async (sql, revision, trustFilter) => ({
        businessNo: business,
        lines: await this.#directories.get(sql, business, revision),
        months: this.#months,
        latest: usageTimeOf(clock.now()) + skewMs * 1000,
        filter: trustFilter ? this.#knownIds.filter : undefined,
        hash,
      }),
    };
  }
}
