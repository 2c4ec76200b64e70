import { JetStreamApiError, type JetStreamManager, jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { ensureConnected } from '#shared/events/connection';
import { isMissing, managerOf, wantedReplicas } from '#shared/events/streams';
import { GenerationMissing } from '../store.ts';
import { brokerFault } from './brokerFault.ts';

/** A generation's bucket, opened. */
export interface Bucket {
  kv: KV;
  manager: JetStreamManager;
  stream: string;
  /** What the subjects of keys begin with. */
  prefix: string;
}

/** The buckets of the view: one a generation, `<name>-<generation>`. */
export class Buckets {
  readonly nats: NatsConnection;
  readonly #name: string;

  constructor(nats: NatsConnection, name: string) {
    this.nats = nats;
    this.#name = name;
  }

  async make(generation: number): Promise<void> {
    await this.drop(generation);
    // Reads go to the stream's leader, so that what was written is read.
    const replicas = wantedReplicas(this.nats);
    await this.#kvm().create(`${this.#name}-${generation}`, { history: 1, allow_direct: false, replicas });
  }

  async drop(generation: number): Promise<void> {
    const manager = await managerOf(this.nats);
    await manager.streams.delete(`KV_${this.#name}-${generation}`).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }

  async list(): Promise<number[]> {
    const manager = await managerOf(this.nats);
    const start = `KV_${this.#name}-`;
    const numbers: number[] = [];
    for await (const stream of manager.streams.names()) {
      const rest = stream.startsWith(start) ? stream.slice(start.length) : '';
      if (/^\d+$/.test(rest)) numbers.push(Number(rest));
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Works with a generation's bucket; that it is not there, or that the broker is not, is told as such. */
  async use<T>(generation: number, work: (bucket: Bucket) => Promise<T>): Promise<T> {
    const name = `${this.#name}-${generation}`;
    const stream = `KV_${name}`;
    try {
      await ensureConnected(this.nats);
      const kv = await this.#kvm().open(name, { allow_direct: false });
      return await work({ kv, manager: await managerOf(this.nats), stream, prefix: `$KV.${name}.` });
    } catch (error) {
      // A message to a bucket that is not there finds nobody who takes it, and says no more than that.
      if (error instanceof GenerationMissing) throw error;
      if (isMissing(error) || (!(error instanceof JetStreamApiError) && (await this.#isGone(stream)))) {
        throw new GenerationMissing(generation, { cause: error });
      }
      throw brokerFault(error);
    }
  }

  async #isGone(stream: string): Promise<boolean> {
    const manager = await managerOf(this.nats);
    return manager.streams.info(stream).then(
      () => false,
      (error) => isMissing(error),
    );
  }

  #kvm(): Kvm {
    return new Kvm(jetstream(this.nats, { timeout: 5_000 }));
  }
}
