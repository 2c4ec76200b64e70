import type { Database, Sql } from '#shared/database/database';
import type { EngineThread } from '../engine/engineThread.ts';
import { commitsSince, ensurePartitions, loadAllKeys } from '../store/keys.ts';
import { linesSince } from '../store/lines.ts';

/**
 * What the engine has been told of a business: its lines up to some change, and its partitions up to some commit. `catchUp` tells it what is new.
 */
export class KnownBusiness {
  readonly no: number;
  readonly #engine: EngineThread;
  #revision = -1n;
  #heads: number[] = [];
  /** Months that were closed when somebody looked last. A month never opens again. */
  readonly closed = new Set<string>();

  private constructor(no: number, engine: EngineThread) {
    this.no = no;
    this.#engine = engine;
  }

  static async load(database: Database, no: number, engine: EngineThread): Promise<KnownBusiness> {
    const business = new KnownBusiness(no, engine);
    await ensurePartitions(database, no);
    business.#heads = await loadAllKeys(database, no, {
      reserve: (records) => engine.call('reserve', no, records),
      load: (page) => engine.call('load', no, page),
    });
    return business;
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** Tells of all account changes up to this one. */
  async learnLines(sql: Sql, revision: bigint): Promise<void> {
    if (revision <= this.#revision) return;
    for await (const lines of linesSince(sql, this.no, this.#revision))
      await this.#engine.call('lines', this.no, revision, lines);
    this.#revision = revision;
  }

  /**
   * Tells of what others have committed up to these numbers; answers with the batches under way that keep one of its ids. `own` are the batches under way,
   * one of which may be committed just now.
   */
  async learnCommits(sql: Sql, heads: Iterable<[number, number]>, own: number[]): Promise<number[]> {
    const known = [...heads]
      .filter(([partition, head]) => head > (this.#heads[partition] ?? 0))
      .map(([partition]) => ({ partition, seq: this.#heads[partition] ?? 0 }));
    if (known.length === 0) return [];
    const foreign = await commitsSince(sql, this.no, known, own);
    const colliding =
      foreign.page.counts.length === 0 && foreign.corrected.length === 0
        ? []
        : await this.#engine.call('absorb', this.no, foreign.page, foreign.corrected);
    for (const [partition, seq] of foreign.heads) this.#heads[partition] = Math.max(seq, this.#heads[partition] ?? 0);
    return colliding;
  }

  /** A batch of this process was committed behind these numbers. */
  committed(heads: ReadonlyMap<number, number>): void {
    for (const [partition, head] of heads) this.#heads[partition] = Math.max(head + 1, this.#heads[partition] ?? 0);
  }

  /** Whether a batch was committed behind these numbers is not known; whoever looks next will see. */
  forget(heads: ReadonlyMap<number, number>): void {
    for (const [partition, head] of heads) this.#heads[partition] = Math.min(head, this.#heads[partition] ?? 0);
  }
}
