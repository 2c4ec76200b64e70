import { once } from 'node:events';
import { connect } from 'node:net';
import type { Database } from '#shared/database/database';
import { sleep } from '#shared/process/background';
import type { ServiceToken } from '#shared/rpc/serviceToken';
import type { Logger } from '#shared/telemetry/log';
import type { Sharing, UsageImport } from '../usage/import/importUsage.ts';
import { type Forward, Peers } from './forward.ts';
import { alone, Membership, type View } from './membership.ts';

const probeMs = 200;
const warnAfter = 50;
const tidyMs = 5_000;
/** Keys of partitions that are others' are kept so long after their last use: owners may change back. */
const unusedMs = 30_000;

export interface PartitionSharingOptions {
  database: Database;
  address: string;
  /** What the processes are known by together; see `Peers`. */
  authority: string | undefined;
  token: ServiceToken;
  log: Logger;
}

/** This process's part in sharing the partitions, for as long as it serves. */
export class PartitionSharing implements Sharing, AsyncDisposable {
  readonly #options: PartitionSharingOptions;
  readonly #peers: Peers;
  readonly #stop = new AbortController();
  readonly forward: Forward;
  #membership: Membership | undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: PartitionSharingOptions) {
    this.#options = options;
    this.#peers = new Peers(options.token, options.authority);
    this.forward = this.#peers.forward;
  }

  readonly view = (): View => this.#membership?.view ?? alone;
  readonly suspect = (no: number): void => this.#membership?.suspect(no);

  /** Begins to take part once the process is served at its address; until then it does all that it receives itself. */
  start(imports: UsageImport, draining: AbortSignal): void {
    draining.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#running = Promise.all([this.#takePart(imports), this.#tidy(imports)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#peers[Symbol.dispose]();
  }

  async #takePart(imports: UsageImport): Promise<void> {
    const { database, address, log } = this.#options;
    const { signal } = this.#stop;
    for (let tries = 1; !signal.aborted && !(await answers(address)); tries++) {
      if (tries === warnAfter)
        log.warn({ address }, 'nobody answers at RATING_ADVERTISED_ADDRESS; not sharing partitions yet');
      await sleep(probeMs, signal);
    }
    if (signal.aborted) return;
    const changed = ({ members }: View) => {
      this.#peers.keepOnly(members);
      void imports.warmUp();
    };
    const membership = new Membership({ database, address, log, changed });
    this.#membership = membership;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await membership[Symbol.asyncDispose]();
  }

  async #tidy(imports: UsageImport): Promise<void> {
    const { signal } = this.#stop;
    for (; !signal.aborted; await sleep(tidyMs, signal)) await imports.forgetForeign(unusedMs).catch(() => {});
  }
}

async function answers(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  if (!(port > 0 && port < 65_536)) return false;
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
