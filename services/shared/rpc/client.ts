import type { DescMessage, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { CallContext } from './context.ts';

export interface CallOptions {
  /** The call being served, whose deadline, cancellation and caller are handed down. */
  context?: CallContext;
  /** Most time the call may take, in milliseconds; 10 s unless told. An earlier deadline of the context wins. */
  deadlineMs?: number;
  signal?: AbortSignal;
  idempotencyKey?: string;
}

type ClientMethod<M> = M extends {
  methodKind: 'unary';
  input: infer I extends DescMessage;
  output: infer O extends DescMessage;
}
  ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
  : M extends {
        methodKind: 'server_streaming';
        input: infer I extends DescMessage;
        output: infer O extends DescMessage;
      }
    ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
    : never;

/** A client with one function a method. */
export type Client<S extends DescService> = {
  [K in keyof S['method']]: ClientMethod<S['method'][K]>;
};
