import copyStreams from 'pg-copy-streams';
import type { Database } from '#shared/database/database';
import type { Logger } from '#shared/telemetry/log';
import { IdFilter } from '../domain/idFilter.ts';

/** Ids the filter has room for: 16 M take 32 MB, 128 M take 256 MB. Beyond that it lets more and more be looked up. */
const leastCapacity = 16_000_000;
const mostCapacity = 128_000_000;
/** Bytes of one id's row in its table, roughly. */
const rowBytes = 76;
/** A row of binary COPY with one int8: field count, length, value. */
const copyRowBytes = 14;
const copyHeaderBytes = 19;

/**
 * The filter over all kept ids of this process. It is filled from the database in the background; until
 * that is done every id is looked up. Ids that other processes keep meanwhile are missing in it: the unique index
 * finds those.
 */
export class KnownIds {
  readonly #database: Database;
  readonly #log: Logger;
  #filter: IdFilter | undefined;
  #loading: IdFilter | undefined;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  get filter(): IdFilter | undefined {
    return this.#filter;
  }

  add(hi: number, lo: number): void {
    this.#filter?.add(hi, lo);
    this.#loading?.add(hi, lo);
  }

  /** Fills the filter where there is none yet or it has become too small. Failing is no harm: ids are then looked up. */
  async refresh(): Promise<void> {
    if (this.#loading || (this.#filter && (!this.#filter.full || this.#filter.capacity >= mostCapacity))) return;
    const started = performance.now();
    try {
      const { rows } = await this.#database.query<{ ids: bigint }>(
        "select pg_relation_size('usage_ids') / $1::int as ids",
        [rowBytes],
      );
      const capacity = Math.min(mostCapacity, Math.max(leastCapacity, Number(rows[0]?.ids ?? 0) * 2));
      this.#loading = new IdFilter(capacity);
      await this.#load(this.#loading);
      this.#filter = this.#loading;
      this.#log.info(
        { ids: this.#filter.size, ms: Math.round(performance.now() - started) },
        'filter of record ids filled',
      );
    } catch (error) {
      this.#log.warn({ err: error }, 'the filter of record ids could not be filled; every id is looked up');
    } finally {
      this.#loading = undefined;
    }
  }

  async #load(filter: IdFilter): Promise<void> {
    const client = await this.#database.connect();
    try {
      const stream = client.query(copyStreams.to('copy usage_ids (slot) to stdout (format binary)'));
      let pending: Buffer = Buffer.alloc(0);
      let skip = copyHeaderBytes;
      for await (const chunk of stream) {
        const bytes: Buffer = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
        let at = Math.min(skip, bytes.length);
        skip -= at;
        // The trailer is shorter than a row, so it stays over at the end.
        for (; at + copyRowBytes <= bytes.length; at += copyRowBytes) {
          filter.add(bytes.readInt32BE(at + 6), bytes.readInt32BE(at + 10));
        }
        pending = bytes.subarray(at);
      }
    } finally {
      await client.end();
    }
  }
}
