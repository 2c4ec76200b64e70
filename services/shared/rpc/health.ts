import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Breakers } from '../breaker/breakers.ts';
import { sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Implementation } from './implement.ts';

/** Something the service works with; `check` fails or hangs when it is away. */
export interface Dependency {
  name: string;
  check: () => Promise<unknown>;
  /** Whether no call is answered without it. */
  isVital: boolean;
}

/** Answered SERVING as long as the process answers at all: whoever restarts processes asks for this, and no restart brings a database back. */
export const liveness = 'live';
/**
 * SERVING while calls are answered: whoever sends them asks for this. Without the broker they are, and events wait in the outbox; if proxies stopped sending
 * calls then, one server that is away would take everything with it.
 */
export const readiness = 'ready';

const checkEveryMs = 1_000;
const checkLimitMs = 2_000;

/**
 * grpc.health.v1 that says SERVING while every dependency answers and the service is not draining. Under `circuit/<name>` it tells
 * of each breaker toward another system: NOT_SERVING while it is open. The service itself goes on serving what does not need it.
 */
export class Health {
  readonly #health = new HealthImplementation({
    '': 'NOT_SERVING',
    [readiness]: 'NOT_SERVING',
    [liveness]: 'SERVING',
  });
  readonly #names: string[];
  readonly #dependencies: Dependency[];
  readonly #breakers: Breakers;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #serving: boolean | undefined;

  constructor(
    server: Server,
    implementations: Implementation[],
    dependencies: Dependency[],
    breakers: Breakers,
    log: Logger,
  ) {
    this.#names = ['', ...implementations.map(({ service }) => service.typeName)];
    this.#dependencies = dependencies;
    this.#breakers = breakers;
    this.#log = log;
    // The library types its own view of a server.
    this.#health.addToServer(server as unknown as Parameters<HealthImplementation['addToServer']>[0]);
  }

  /** Checks the dependencies until the drain begins. */
  async watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const results = await Promise.all(this.#dependencies.map(answers));
      const away = this.#dependencies.filter((_, index) => !results[index]);
      if (!this.#stop.signal.aborted) {
        this.#tell(readiness, !away.some(({ isVital }) => isVital));
        this.#set(
          away.length === 0,
          away.map(({ name }) => name),
        );
      }
      this.#tellOfCircuits();
      await sleep(checkEveryMs, this.#stop.signal);
    }
  }

  drain(): void {
    this.#stop.abort();
    this.#tell(readiness, false);
    this.#set(false, ['draining']);
  }

  #tellOfCircuits(): void {
    for (const { name, state } of this.#breakers) {
      this.#tell(`circuit/${name}`, state === 'closed');
    }
  }

  #set(serving: boolean, away: string[]): void {
    if (this.#serving === serving) return;
    if (this.#serving !== undefined) {
      this.#log[serving ? 'info' : 'warn']({ away }, serving ? 'serving again' : 'not serving');
    }
    this.#serving = serving;
    for (const name of this.#names) this.#tell(name, serving);
  }

  #tell(name: string, serving: boolean): void {
    this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
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
