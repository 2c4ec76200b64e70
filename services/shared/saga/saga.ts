import type { Transaction } from '../database/database.ts';
import type { Fault } from '../errors/fault.ts';

/** What a step decides: wait on, go to another step, or end the saga. */
export type Decision<Data> =
  | { kind: 'stay'; data: Data }
  | { kind: 'goto'; step: string; data: Data }
  | { kind: 'done'; data: Data };

export const stay = <Data>(data: Data): Decision<Data> => ({
  kind: 'stay',
  data,
});
export const goto = <Data>(step: string, data: Data): Decision<Data> => ({
  kind: 'goto',
  step,
  data,
});
export const done = <Data>(data: Data): Decision<Data> => ({
  kind: 'done',
  data,
});

/** Changes of this service's own database; runs in the transaction that enters the step. */
export interface LocalStep<Data> {
  kind: 'local';
  run: (tx: Transaction, data: Data) => Promise<Decision<Data>>;
}

/**
 * An effect elsewhere. `run` happens outside any transaction and again after a crash, so it must be idempotent by the key.
 * Transient failures are repeated with back-off until the time limit; then, and for every other failure, `onFault` decides.
 */
export interface CallStep<Data, Result = unknown> {
  kind: 'call';
  /** Infinity for a call that never gives up. */
  limitMs: number;
  /** Which failures are final, where that is not simply every one that is foreseen and will not pass by itself. */
  decides?: (fault: Fault) => boolean;
  run: (data: Data, context: { key: string; signal: AbortSignal; deadlineMs: number }) => Promise<Result>;
  onResult: (tx: Transaction, data: Data, result: Result) => Promise<Decision<Data>>;
  onFault: (tx: Transaction, data: Data, fault: Fault) => Promise<Decision<Data>>;
}

/** Waits for signals (mostly events of other services), for a limited time. */
export interface WaitStep<Data, Signal = unknown> {
  kind: 'wait';
  limitMs: number;
  onSignal: (tx: Transaction, data: Data, signal: Signal) => Promise<Decision<Data>>;
  onTimeout: (tx: Transaction, data: Data) => Promise<Decision<Data>>;
}

// biome-ignore lint/suspicious/noExplicitAny: results and signals differ from step to step; each step names its own
export type Step<Data> = LocalStep<Data> | CallStep<Data, any> | WaitStep<Data, any>;

/**
 * A long business step as a persisted state machine. Data is kept as JSON, so it holds texts, numbers, booleans,
 * lists and objects of these; no dates, no bigints.
 */
export interface Saga<Data> {
  type: string;
  first: string;
  steps: Record<string, Step<Data>>;
}

export const local = <Data>(run: LocalStep<Data>['run']): LocalStep<Data> => ({
  kind: 'local',
  run,
});
export const call = <Data, Result>(step: Omit<CallStep<Data, Result>, 'kind'>): CallStep<Data, Result> => ({
  kind: 'call',
  ...step,
});
/** A call that is repeated until it succeeds, whatever the failure: for compensations, and what else must not be left undone. */
export const insist = <Data, Result>(
  step: Pick<CallStep<Data, Result>, 'run' | 'onResult'>,
): CallStep<Data, Result> => ({
  kind: 'call',
  limitMs: Number.POSITIVE_INFINITY,
  decides: () => false,
  onFault: async (_tx, _data, fault) => {
    throw fault;
  },
  ...step,
});
export const wait = <Data, Signal>(step: Omit<WaitStep<Data, Signal>, 'kind'>): WaitStep<Data, Signal> => ({
  kind: 'wait',
  ...step,
});

export function defineSaga<Data>(saga: Saga<Data>): Saga<Data> {
  stepOf(saga, saga.first);
  return saga;
}

export function stepOf<Data>(saga: Saga<Data>, name: string): Step<Data> {
  const step = saga.steps[name];
  if (!step) throw new Error(`saga ${saga.type} has no step ${name}`);
  return step;
}

// biome-ignore lint/suspicious/noExplicitAny: a runner drives sagas of every kind of data
export type AnySaga = Saga<any>;
