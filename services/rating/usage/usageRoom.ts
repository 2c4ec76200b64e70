import { serviceToken } from '#shared/rpc/serviceToken';
import type { Dependencies } from '#shared/runtime/service';
import type { RatingConfig } from '../config.ts';
import { PartitionSharing } from '../partitions/sharing.ts';
import { DropFolder } from './drop/dropFolder.ts';
import { UsageImport } from './import/importUsage.ts';
import { packOldRecords } from './upgrade/packOldRecords.ts';

/** What of usage lives as long as the service: the import with its engine, and the look at the drop folder. */
export class UsageRoom implements AsyncDisposable {
  readonly #config: RatingConfig;
  readonly #stop = new AbortController();
  #imports: UsageImport | undefined;
  #sharing: PartitionSharing | undefined;
  #watching: Promise<void> | undefined;

  constructor(config: RatingConfig) {
    this.#config = config;
  }

  get imports(): UsageImport {
    if (!this.#imports) throw new Error('the room is not open yet');
    return this.#imports;
  }

  /** Brings the stored records up to the code's form before anything reads them. */
  async open({ config, database, log, clock, draining }: Dependencies<RatingConfig>): Promise<this> {
    const {
      timeZone,
      usageImports,
      usageDropDir,
      usageKeyMemory: keyMemory,
      advertisedAddress: address,
      partitionsAuthority: authority,
    } = this.#config;
    await packOldRecords(database, timeZone, log);
    const sharing =
      address === undefined
        ? undefined
        : new PartitionSharing({ database, address, authority, token: serviceToken(config.oidc), log });
    this.#sharing = sharing;
    const concurrency = usageImports;
    const imports = new UsageImport({
      database,
      log,
      clock,
      timeZone,
      concurrency,
      keyMemory,
      ...(sharing && { sharing }),
    });
    this.#imports = imports;
    if (sharing) sharing.start(imports, draining);
    else void imports.warmUp();
    if (usageDropDir !== undefined) {
      const drop = new DropFolder({ folder: usageDropDir, database, imports, log });
      this.#watching = drop.watch(AbortSignal.any([draining, this.#stop.signal]));
    }
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await this.#imports?.[Symbol.asyncDispose]();
    await this.#sharing?.[Symbol.asyncDispose]();
  }
}
