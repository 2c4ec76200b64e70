import type { Database, Sql } from '#shared/database/database';
import type { EngineThread } from '../engine/engineThread.ts';
import { commitsSince, ensurePartitions, loadKeys } from '../store/keys.ts';
import { linesSince } from '../store/lines.ts';
import { Mutex } from './mutex.ts';

/**
 * What the engine has been told of a business: its lines up to some change, and its partitions up to some commit. `catchUp` tells it what is new.
 */
export class KnownBusiness {
  readonly no: number;
  readonly #engine: EngineThread;
  #revision = -1n;
  /** Nothing for a partition whose keys the engine has not got. */
  #heads: (number | undefined)[] = [];
  readonly #loading = new Mutex();
  /** When a batch had records of a partition last. */
  readonly #lastUse: number[] = [];
  /** Months that were closed when somebody looked last. A close that finds a fault opens its month again. */
  readonly closed = new Set<string>();

  private constructor(no: number, engine: EngineThread) {
    this.no = no;
    this.#engine = engine;
  }

  /** Gets it the keys of some partitions; those of others are got when a record needs them. */
  static async load(database: Database, no: number, engine: EngineThread, wanted: number[]): Promise<KnownBusiness> {
    const business = new KnownBusiness(no, engine);
    await ensurePartitions(database, no);
    await business.loadKeys(database, wanted);
    return business;
  }

  /** Gets the engine the keys of those that it has not got. One after the other: a partition that is loaded twice at once would be neither. */
  loadKeys(database: Database, wanted: number[]): Promise<void> {
    return this.#loading.run(() => this.#loadKeys(database, wanted));
  }

  async #loadKeys(database: Database, all: number[]): Promise<void> {
    const { no } = this;
    const engine = this.#engine;
    const wanted = all.filter((partition) => this.#heads[partition] === undefined);
    if (wanted.length === 0) return;
    const heads = await loadKeys(database, no, wanted, {
      reserve: (records) => engine.call('reserve', no, wanted, records),
      load: (page) => engine.call('load', no, page),
    });
    await engine.call('loaded', no, wanted);
    for (const partition of wanted) this.#heads[partition] = heads[partition] ?? 0;
    this.used(wanted);
  }

  /** Batches have records of these partitions. */
  used(partitions: Iterable<number>): void {
    const now = performance.now();
    for (const partition of partitions) this.#lastUse[partition] = now;
  }

  /** Partitions whose keys the engine has. */
  get held(): number[] {
    return [...this.#heads.keys()].filter((partition) => this.#heads[partition] !== undefined);
  }

  /** Has the engine forget the keys of other partitions than the wanted ones, where they were not used for so long. */
  keepOnly(wanted: ReadonlySet<number>, unusedMs: number): Promise<void> {
    return this.#loading.run(() => this.#keepOnly(wanted, unusedMs));
  }

  async #keepOnly(wanted: ReadonlySet<number>, unusedMs: number): Promise<void> {
    const before = performance.now() - unusedMs;
    const superfluous = this.held.filter((each) => !wanted.has(each) && (this.#lastUse[each] ?? 0) <= before);
    if (superfluous.length === 0) return;
    for (const partition of await this.#engine.call('drop', this.no, superfluous)) this.#heads[partition] = undefined;
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
      .filter(([partition, head]) => head > (this.#heads[partition] ?? head))
      .map(([partition]) => ({ partition, seq: this.#heads[partition] ?? 0 }));
    if (known.length === 0) return [];
    const foreign = await commitsSince(sql, this.no, known, own);
    const colliding =
      foreign.page.counts.length === 0 && foreign.corrected.length === 0
        ? []
        : await this.#engine.call('absorb', this.no, foreign.page, foreign.corrected);
    for (const [partition, seq] of foreign.heads) this.#raise(partition, seq);
    return colliding;
  }

  /** A batch of this process was committed behind these numbers. */
  committed(heads: ReadonlyMap<number, number>): void {
    for (const [partition, head] of heads) this.#raise(partition, head + 1);
  }

  /** Whether a batch was committed behind these numbers is not known; whoever looks next will see. */
  forget(heads: ReadonlyMap<number, number>): void {
    for (const [partition, head] of heads) {
      const known = this.#heads[partition];
      if (known !== undefined) this.#heads[partition] = Math.min(head, known);
    }
  }

  #raise(partition: number, seq: number): void {
    const known = this.#heads[partition];
    if (known !== undefined) this.#heads[partition] = Math.max(seq, known);
  }
}
