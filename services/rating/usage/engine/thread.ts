import { parentPort, workerData } from 'node:worker_threads';
import { Engine, type EngineOptions } from './engine.ts';
import type { EngineCalls } from './protocol.ts';

/** What a thread is asked: a call of the engine with its arguments. */
export interface Question {
  id: number;
  method: keyof EngineCalls;
  values: unknown[];
}

export type Answer = { id: number; value: unknown } | { id: number; error: unknown };

const engine = new Engine(workerData as EngineOptions);
parentPort?.on('message', ({ id, method, values }: Question) => {
  try {
    const call = engine[method] as (...values: unknown[]) => unknown;
    parentPort?.postMessage({ id, value: call.apply(engine, values) } satisfies Answer);
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies Answer);
  }
});
