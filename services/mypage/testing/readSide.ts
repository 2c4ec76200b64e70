import { runConsumers } from '#shared/inbox/run';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { createLogger } from '#shared/telemetry/log';
import { runWorker } from '#shared/worker/worker';
import { liveConsumers, type Source, sources } from '../consumers/sources.ts';
import { rebuildWorker } from '../rebuild/rebuild.ts';
import { findRebuild, insertRebuild, type RebuildRow, type SourceRow, sourcesOf } from '../rebuild/record.ts';
import { Generations } from '../store/generations.ts';
import type { StoreKind } from '../store/store.ts';
import { View } from '../store/view.ts';
import { dump } from './dump.ts';
import type { EventSource } from './eventSource.ts';
import { Stores } from './stores.ts';

const log = createLogger('mypage', process.env.LOG_LEVEL ?? 'silent');
const made = sources('Asia/Seoul');

/** The whole read side, without its gRPC: consumers, stores, rebuild worker. */
export class ReadSide implements AsyncDisposable {
  readonly stores: Stores;
  readonly generations: Generations;
  readonly view: View;
  readonly #stop = new AbortController();
  readonly #background: Promise<void>[] = [];
  readonly #locks: AdvisoryLocks;
  readonly #eventSources: EventSource[];

  private constructor(stores: Stores, kind: StoreKind, eventSources: EventSource[]) {
    this.stores = stores;
    this.generations = new Generations(stores.database, stores.all(), kind, ['ordering', 'billing']);
    this.view = new View(this.generations);
    this.#locks = new AdvisoryLocks(stores.database);
    this.#eventSources = eventSources;
  }

  static async open(natsUrl: string, kind: StoreKind, eventSources: EventSource[]): Promise<ReadSide> {
    return new ReadSide(await Stores.open(natsUrl), kind, eventSources);
  }

  /** Follows the sources live; fewer than all stand for an earlier version of the service. */
  consume(followed = made): void {
    const { database, nats } = this.stores;
    // A durable of the service's name would be shared with other read sides on the same broker.
    const service = this.stores.bucket;
    const consumers = followed.flatMap((source) => liveConsumers(source, this.view));
    const options = { service, consumers, database, nats, locks: this.#locks, log };
    this.#background.push(runConsumers(options, this.#stop.signal));
  }

  /** Runs the worker until the signal is aborted, which stands for a crash, or this is disposed of. */
  work(signal: AbortSignal = this.#stop.signal, generations = this.generations): Promise<void> {
    const clientOf = ({ name }: Source) => {
      const source = this.#eventSources.find((each) => each.name === name);
      if (!source) throw new Error(`no source ${name}`);
      return source.log;
    };
    const rebuilding = { database: this.stores.database, generations, sources: made, clientOf, log };
    const working = runWorker(
      rebuildWorker(rebuilding),
      this.#locks,
      log,
      AbortSignal.any([signal, this.#stop.signal]),
    );
    this.#background.push(working);
    return working;
  }

  async rebuild(): Promise<string> {
    const { wanted } = this.generations;
    const rebuild = await this.stores.database.transaction((tx) => insertRebuild(tx, wanted, ['ordering', 'billing']));
    if (!rebuild) throw new Error('a rebuild is running');
    return rebuild.id;
  }

  async found(id: string): Promise<RebuildRow & { sources: SourceRow[] }> {
    const rebuild = await findRebuild(this.stores.database, id);
    if (!rebuild) throw new Error('no such rebuild');
    return { ...rebuild, sources: await sourcesOf(this.stores.database, id) };
  }

  /** How many events have been handled live. */
  async handled(): Promise<bigint> {
    const { rows } = await this.stores.database.query<{ count: bigint }>('select count(*) as count from inbox');
    return rows[0]?.count ?? 0n;
  }

  /** Everything that is in the shown generation. */
  async dump(): Promise<string[]> {
    const shown = await this.generations.shown();
    return shown ? dump(this.stores, shown) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#background);
    await this.#locks[Symbol.asyncDispose]();
    await this.stores[Symbol.asyncDispose]();
  }
}
