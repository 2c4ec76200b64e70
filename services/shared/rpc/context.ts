import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Transaction } from '../database/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Caller } from './identity.ts';

/** What a handler knows of the call it serves. */
export interface CallContext {
  caller: Caller;
  /** Whoever the calling service acts for, where it said so. */
  onBehalfOf?: Caller;
  /** The caller's own token, handed on in calls made for it. */
  token?: string;
  /** Aborted when the caller goes away or its deadline passes. */
  signal: AbortSignal;
  deadline?: Date;
  idempotencyKey?: string;
  ifMatch?: string;
  /** A header that only one method knows, such as a signature; undefined where the call has none of that name. */
  header?: (name: string) => string | undefined;
  log: Logger;
}

export type Unary<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => Promise<MessageInitShape<O>>;

/** A method that changes state: runs in one transaction together with the record of its Idempotency-Key. */
export interface Command<I extends DescMessage, O extends DescMessage> {
  inTransaction: (request: MessageShape<I>, tx: Transaction, context: CallContext) => Promise<MessageInitShape<O>>;
  /** What is waited for first: in the transaction, waiting would keep a connection from those who are waited for. */
  before?: (request: MessageShape<I>, context: CallContext) => Promise<void>;
}

/**
 * A command that goes on after its transaction, and whose caller would rather wait for its end. Nothing of it is undone when
 * the caller goes away: the same call, under its Idempotency-Key, waits again.
 */
export interface LongCommand<I extends DescMessage, O extends DescMessage> {
  /** What must be known before: calls to others. Gives the change, which runs in one transaction; it may be repeated. */
  prepare: (request: MessageShape<I>, context: CallContext) => Promise<(tx: Transaction) => Promise<Begun<O>>>;
  /** Waits for the end, as long as is decent. `settled` says that the answer is the last word. */
  settle: (first: MessageShape<O>, context: CallContext) => Promise<{ answer: MessageInitShape<O>; settled: boolean }>;
}

/** What the transaction of a long command has begun. */
export interface Begun<O extends DescMessage> {
  answer: MessageInitShape<O>;
  /** Called once the transaction has committed; what it begins must not be lost with the process. */
  committed?: () => void;
}

export type ServerStream<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<O>>;

export type ClientStream<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: CallContext,
) => Promise<MessageInitShape<O>>;

/**
 * A client stream that takes its messages as they are on the wire, for those who decode a million small records faster than into objects.
 * Nothing about the messages is checked: that is the handler's part too.
 */
export interface WireStream<O extends DescMessage> {
  onTheWire: (messages: AsyncIterable<Buffer>, context: CallContext) => Promise<MessageInitShape<O>>;
}

/** The handler a method of the contract needs, by its kind. */
export type Handler<M extends { methodKind: string; input: DescMessage; output: DescMessage }> =
  M['methodKind'] extends 'server_streaming'
    ? ServerStream<M['input'], M['output']>
    : M['methodKind'] extends 'client_streaming'
      ? ClientStream<M['input'], M['output']> | WireStream<M['output']>
      : Unary<M['input'], M['output']> | Command<M['input'], M['output']> | LongCommand<M['input'], M['output']>;

/** Marks a handler as a command. */
export function command<I extends DescMessage, O extends DescMessage>(
  inTransaction: Command<I, O>['inTransaction'],
  before?: Command<I, O>['before'],
): Command<I, O> {
  return before ? { inTransaction, before } : { inTransaction };
}

/** Marks a handler as a long command. */
export function longCommand<I extends DescMessage, O extends DescMessage>(
  handler: LongCommand<I, O>,
): LongCommand<I, O> {
  return handler;
}

export type MethodOf<S extends { method: Record<string, unknown> }, K extends keyof S['method']> = S['method'][K] &
  DescMethod;
