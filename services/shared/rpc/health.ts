import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Implementation } from './implement.ts';

/** Something the service cannot work without; `check` fails or hangs when it is away. */
export interface Dependency {
  name: string;
  check: () => Promise<unknown>;
}

const checkEveryMs = 1_000;
const checkLimitMs = 2_000;

/** grpc.health.v1 that says SERVING while every dependency answers and the service is not draining. */
export class Health {
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });
  readonly #names: string[];
  readonly #dependencies: Dependency[];
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #serving: boolean | undefined;

  constructor(server: Server, implementations: Implementation[], dependencies: Dependency[], log: Logger) {
    this.#names = ['', ...implementations.map(({ service }) => service.typeName)];
    this.#dependencies = dependencies;
    this.#log = log;
    // The library types its own view of a server.
    this.#health.addToServer(server as unknown as Parameters<HealthImplementation['addToServer']>[0]);
  }

  /** Checks the dependencies until the drain begins. */
  async watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const results = await Promise.all(this.#dependencies.map(answers));
      const away = this.#dependencies.filter((_, index) => !results[index]).map(({ name }) => name);
      if (!this.#stop.signal.aborted) this.#set(away.length === 0, away);
      await sleep(checkEveryMs, this.#stop.signal);
    }
  }

  drain(): void {
    this.#stop.abort();
    this.#set(false, ['draining']);
  }

  #set(serving: boolean, away: string[]): void {
    if (this.#serving === serving) return;
    if (this.#serving !== undefined) {
      this.#log[serving ? 'info' : 'warn']({ away }, serving ? 'serving again' : 'not serving');
    }
    this.#serving = serving;
    for (const name of this.#names) this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}

async function answers({ check }: Dependency): Promise<boolean> {
  const limit = new AbortController();
  try {
    const late = sleep(checkLimitMs, limit.signal).then(() => {
      throw new Error('late');
    });
    late.catch(() => {});
    await Promise.race([check(), late]);
    return true;
  } catch {
    return false;
  } finally {
    limit.abort();
  }
}
