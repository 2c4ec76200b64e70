import { Worker } from 'node:worker_threads';
import type { EngineOptions } from './engine.ts';
import type { EngineCalls } from './protocol.ts';
import type { Answer, Question } from './thread.ts';

type Waiting = { resolve: (value: never) => void; reject: (error: unknown) => void };

/** The engine in a thread of its own. Calls are answered in the order in which they were made. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #failure: unknown;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;

  readonly #onFailure: (error: unknown) => void;

  constructor(options: EngineOptions, onFailure: (error: unknown) => void = () => {}) {
    this.#onFailure = onFailure;
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: options, name: 'usage-engine' });
    // It has no work of its own, so it must not keep the process from ending.
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#fail(new Error('the usage engine has ended'));
        resolve();
      });
    });
  }

  /** Whether it can be asked no more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  call<K extends keyof EngineCalls>(
    method: K,
    ...values: Parameters<EngineCalls[K]>
  ): Promise<ReturnType<EngineCalls[K]>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#last;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, values } satisfies Question);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Error('the usage engine has ended');
    this.#fail(this.#failure);
    await this.#worker.terminate();
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    // What the engine holds after a failure nobody knows.
    if ('error' in answer) {
      waiting?.reject(answer.error);
      this.#fail(answer.error);
    } else waiting?.resolve(answer.value as never);
  }

  /** Nothing is asked of a thread that has failed, so it gives back what it holds: its memory is that of all keys. */
  #fail(error: unknown): void {
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#onFailure(error);
      void this.#worker.terminate();
    }
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
