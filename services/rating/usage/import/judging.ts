import type { Database, Sql } from '#shared/database/database';
import { usageTimeOf } from '../domain/usageTime.ts';
import type { EngineThread } from '../engine/engineThread.ts';
import type { BatchRequest, Encoded, Part } from '../engine/protocol.ts';
import { findBlocks, findCorrections, inGroups } from '../store/suspectBlocks.ts';
import { KnownBusiness } from './knownBusiness.ts';
import type { Judged, Work, WorkPart } from './work.ts';

/** Clocks of network elements may be ahead by so much. */
const skewMs = 5 * 60 * 1000;

export interface JudgingOptions {
  database: Database;
  clock: { now(): Date };
  mostLines: number;
  /** The partitions of a business whose keys are worth having before a record needs them. */
  owned: (businessNo: number) => number[];
}

/** Has batches judged by the engine, and gets it from the database what it must know for that. */
export class Judging {
  readonly engine: EngineThread;
  readonly #options: JudgingOptions;
  readonly #businesses = new Map<number, Promise<KnownBusiness>>();
  /** Batches under way, and those of them that have met a foreign record with the same id. */
  readonly #underWay = new Set<number>();
  readonly #colliding = new Set<number>();

  constructor(engine: EngineThread, options: JudgingOptions) {
    this.engine = engine;
    this.#options = options;
  }

  business(no: number): Promise<KnownBusiness> {
    const known = this.#businesses.get(no);
    if (known) return known;
    const { database, owned } = this.#options;
    const loading = KnownBusiness.load(database, no, this.engine, owned(no));
    this.#businesses.set(no, loading);
    loading.catch(() => this.#businesses.delete(no));
    return loading;
  }

  /** The businesses whose keys are known. */
  async businesses(): Promise<KnownBusiness[]> {
    const all = await Promise.allSettled(this.#businesses.values());
    return all.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
  }

  /** Judges the work's next batch; undefined if that must wait until the batches before it are committed. */
  async judge(work: Work, sql: Sql = this.#options.database, least = -1n): Promise<Judged<Encoded> | undefined> {
    const business = await this.business(work.businessNo);
    const facts = await this.#facts(sql, work.businessNo);
    const revision = facts.revision > least ? facts.revision : least;
    await business.learnLines(sql, revision);
    await this.learnCommits(business, sql, facts.heads.entries());
    const closed = [...business.closed];
    const request: BatchRequest = {
      batch: facts.batch,
      businessNo: work.businessNo,
      input: work.input.memory,
      spare: work.spare,
      parts: work.parts.map(withFirstLine),
      mostLines: this.#options.mostLines,
      latest: usageTimeOf(this.#options.clock.now()) + skewMs * 1000,
      closed,
    };
    this.#underWay.add(facts.batch);
    try {
      return await this.#ask(request, sql, { work, revision, business });
    } catch (error) {
      await this.rewind(facts.batch).catch(() => {});
      throw error;
    }
  }

  async #ask(request: BatchRequest, sql: Sql, about: { work: Work; revision: bigint; business: KnownBusiness }) {
    const { batch, businessNo, closed } = request;
    let answer = await this.engine.call('judge', request);
    while (answer.kind === 'missing') {
      // From the database itself: `sql` may be a transaction, which sees no single moment.
      await about.business.loadKeys(this.#options.database, answer.partitions);
      answer = await this.engine.call('judge', request);
    }
    if (answer.kind === 'wait') {
      this.#underWay.delete(batch);
      return undefined;
    }
    if (answer.kind === 'suspects') {
      const { blocks } = answer;
      for (const keys of await inGroups(sql, businessNo, blocks)) {
        const rows = await findBlocks(sql, businessNo, keys);
        const corrections = await findCorrections(sql, businessNo, keys);
        await this.engine.call('compare', batch, rows, corrections);
      }
      answer = await this.engine.call('resolve', batch);
    }
    const read = answer.rest ? answer.rest.part + 1 : answer.parts.length;
    for (const [index, { nextLine }] of answer.parts.slice(0, read).entries()) {
      const part = about.work.parts[index];
      // What was split is numbered already.
      if (part && !part.numbers) part.owner.nextLine = nextLine;
    }
    about.business.used(answer.partitions);
    return { ...about, batch, encoded: answer, closed };
  }

  /** Takes in what others have committed up to these numbers. */
  async learnCommits(business: KnownBusiness, sql: Sql, heads: Iterable<[number, number]>): Promise<void> {
    for (const batch of await business.learnCommits(sql, heads, [...this.#underWay])) this.#colliding.add(batch);
  }

  /** Whether a batch under way keeps an id that another process has kept meanwhile. */
  collides(batch: number): boolean {
    return this.#colliding.has(batch);
  }

  async settle(batch: number): Promise<void> {
    this.#underWay.delete(batch);
    this.#colliding.delete(batch);
    await this.engine.call('settle', batch);
  }

  /** Takes back a batch and all that were judged after it. */
  async rewind(batch: number): Promise<void> {
    for (const each of this.#underWay) if (each >= batch) this.#underWay.delete(each);
    for (const each of this.#colliding) if (each >= batch) this.#colliding.delete(each);
    await this.engine.call('rewind', batch);
  }

  async #facts(sql: Sql, businessNo: number): Promise<{ batch: number; revision: bigint; heads: number[] }> {
    const { rows } = await sql.query<{ batch: number; revision: bigint; heads: number[] }>(
      `select nextval('usage_batches')::float8 as batch,
         coalesce((select max(revision) from rating_accounts where business_no = $1), 0) as revision,
         array(select seq::float8 from usage_partitions where business_no = $1 order by partition) as heads`,
      [businessNo],
    );
    const [row] = rows;
    if (!row) throw new Error('unreachable: the statement has one row');
    return row;
  }
}

/** A part is numbered when it is judged first, and keeps that when it is judged again. */
function withFirstLine(part: WorkPart): Part {
  part.firstLine ??= part.owner.nextLine;
  const { owner: _owner, chunk: _chunk, ...plain } = part;
  return { ...plain, firstLine: part.firstLine };
}
