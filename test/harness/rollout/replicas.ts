import { setTimeout as sleep } from 'node:timers/promises';
import type { Family } from '../../../deploy/local/family.ts';
import { freePort } from '../../../deploy/local/ports.ts';
import type { Program } from '../../../deploy/local/program.ts';
import { until } from '../../../deploy/local/sample/until.ts';
import { Supervised } from '../../../deploy/local/supervisor.ts';
import type { Endpoints } from './endpoints.ts';
import type { Probe } from './kubelet.ts';

/** How Kubernetes takes a pod away. Both delays begin at its deletion. */
export interface Termination {
  /** Until every proxy has heard that the pod is no endpoint any more. */
  endpointLagMs: number;
  /** The `preStop` hook: SIGTERM comes behind it. */
  preStopMs: number;
  /** `terminationGracePeriodSeconds`: whoever is there then is killed. */
  graceMs: number;
}

export interface ReplicasOptions {
  name: string;
  /** The program of a replica on this port. */
  program: (port: number, name: string) => Program;
  probe: (address: string) => Probe & Disposable;
  endpoints: Endpoints;
  logsDir: string;
  family: Family;
}

/** What it took to take one replica away. */
export interface Termed {
  name: string;
  /** From SIGTERM to the process's end. */
  drainMs: number;
  killed: boolean;
}

interface Replica {
  readonly name: string;
  readonly address: string;
  readonly process: Supervised;
}

/** The replicas of one service: what a Deployment, its kubelets and its endpoints do together. */
export class Replicas implements AsyncDisposable {
  readonly terminated: Termed[] = [];
  readonly #options: ReplicasOptions;
  #living: Replica[] = [];
  #count = 0;

  constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  get pids(): (number | undefined)[] {
    return this.#living.map(({ process }) => process.pid);
  }

  /** Starts a process, and lets requests to it once its probe says that it is ready. */
  async add(): Promise<void> {
    const { name, program, probe, endpoints, logsDir, family } = this.#options;
    const own = `${name}-${++this.#count}`;
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const process = new Supervised(program(port, own), `${logsDir}/${own}.log`, family);
    this.#living = [...this.#living, { name: own, address, process }];
    await process.start();
    using isReady = probe(address);
    await until(`${own} to be ready`, 60_000, async () => (await isReady()) || undefined, 50);
    endpoints.add(address);
  }

  /** Replaces every replica, one after the other, by a new process: `maxSurge: 1`, `maxUnavailable: 0`. */
  async roll(termination: Termination): Promise<void> {
    for (const old of this.#living) {
      await this.add();
      await this.#terminate(old, termination);
    }
  }

  async #terminate({ name, address, process }: Replica, termination: Termination): Promise<void> {
    const { endpointLagMs, preStopMs, graceMs } = termination;
    const removed = sleep(endpointLagMs).then(() => this.#options.endpoints.remove(address));
    await sleep(preStopMs);
    const signalled = performance.now();
    process.program.stopLimitMs = graceMs - preStopMs;
    await process.stop();
    const drainMs = Math.round(performance.now() - signalled);
    this.terminated.push({ name, drainMs, killed: drainMs >= graceMs - preStopMs });
    await removed;
    this.#living = this.#living.filter((each) => each.name !== name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#living.map(({ process }) => process.stop()));
  }
}
