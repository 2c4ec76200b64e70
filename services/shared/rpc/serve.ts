import type { EventEmitter } from 'node:events';
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import grpc, { type Metadata, type ServiceDefinition } from '@grpc/grpc-js';
import { type Histogram, propagation, SpanKind, context as telemetry } from '@opentelemetry/api';
import { faultOf } from '../errors/classify.ts';
import { Fault } from '../errors/fault.ts';
import { sleep } from '../process/background.ts';
import { DurationsBy, durationHistogram } from '../telemetry/durations.ts';
import type { Logger } from '../telemetry/log.ts';
import { failSpan } from '../telemetry/spanFailure.ts';
import { metadataGetter, tracer } from '../telemetry/tracing.ts';
import { authorise, scopeToCaller } from './access.ts';
import { callAttributes, statusName } from './callAttributes.ts';
import type { CallContext, ClientStream, ServerStream, Unary, WireStream } from './context.ts';
import type { Authenticate, Caller } from './identity.ts';
import type { Implementation } from './implement.ts';
import { type AnyCommand, runCommand } from './runCommand.ts';
import { toStatus } from './status.ts';
import { refuseNul } from './storableText.ts';
import { validateMessage } from './validate.ts';

export interface ServeOptions {
  authenticate: Authenticate;
  log: Logger;
}

type Call =
  | grpc.ServerUnaryCall<Buffer, Buffer>
  | grpc.ServerReadableStream<Buffer, Buffer>
  | grpc.ServerWritableStream<Buffer, Buffer>
  | grpc.ServerDuplexStream<Buffer, Buffer>;

/** Documents and batches may be large; everything else is held to far less by its field rules. */
export const messageLimit = 64 * 1024 * 1024;

/**
 * Puts the implementations on a gRPC server. Every call passes the same steps in the same order: span, identity, access,
 * decoding, customer scope, field rules, handler; and every failure leaves by the same door.
 */
export function addServices(server: grpc.Server, implementations: Implementation[], options: ServeOptions): void {
  const durations = durationHistogram('rpc.server.call.duration', 'Duration of calls that were served');
  for (const implementation of implementations) {
    const definition: Record<string, unknown> = {};
    const handlers: Record<string, unknown> = {};
    for (const method of implementation.service.methods) {
      const raw = (bytes: Buffer) => bytes;
      definition[method.name] = {
        path: `/${implementation.service.typeName}/${method.name}`,
        requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
        // Bytes are decoded after access is checked, so that a broken message is answered as such.
        requestSerialize: raw,
        requestDeserialize: raw,
        responseSerialize: raw,
        responseDeserialize: raw,
      };
      handlers[method.name] = serveMethod(served(method, durations), implementation, options);
    }
    server.addService(definition as ServiceDefinition, handlers as grpc.UntypedServiceImplementation);
  }
}

/** A method, and what is measured and written about each of its calls. */
interface Served {
  method: DescMethod;
  name: string;
  attributes: ReturnType<typeof callAttributes>;
  durations: DurationsBy<grpc.status>;
}

function served(method: DescMethod, durations: Histogram): Served {
  const attributes = callAttributes(method);
  return {
    method,
    name: `${method.parent.typeName}/${method.name}`,
    attributes,
    durations: new DurationsBy(durations, (code) => ({ ...attributes, 'rpc.response.status_code': statusName(code) })),
  };
}

function serveMethod(calls: Served, implementation: Implementation, options: ServeOptions) {
  const { method } = calls;
  const handler = implementation.handlers[method.localName];
  switch (method.methodKind) {
    case 'unary':
      return (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) =>
        serve(calls, call, options, async (context) => {
          const request = accept(method, call.request, context);
          if (typeof handler === 'function') {
            return encode(method, await (handler as Unary<DescMessage, DescMessage>)(request, context));
          }
          const { database } = implementation;
          return Buffer.from(await runCommand({ method, database }, handler as AnyCommand, request, context));
        }).then(
          (response) => callback(null, response),
          (fault) => callback(toStatus(fault)),
        );
    case 'server_streaming':
      return (call: grpc.ServerWritableStream<Buffer, Buffer>) =>
        serve(calls, call, options, async (context) => {
          const request = accept(method, call.request, context);
          for await (const response of (handler as ServerStream<DescMessage, DescMessage>)(request, context)) {
            if (context.signal.aborted) throw abortFault(context);
            if (!call.write(encode(method, response))) await drained(call, context);
          }
        }).then(
          () => call.end(),
          // grpc-js sends what was written before, then this status; destroying the stream would drop both.
          (fault) => call.emit('error', Object.assign(new Error(fault.message), toStatus(fault))),
        );
    case 'client_streaming':
      return (call: grpc.ServerReadableStream<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) =>
        serve(calls, call, options, async (context) =>
          encode(
            method,
            typeof handler === 'function'
              ? await (handler as ClientStream<DescMessage, DescMessage>)(decoded(method, call, context), context)
              : await (handler as WireStream<DescMessage>).onTheWire(read(call, context), context),
          ),
        ).then(
          (response) => callback(null, response),
          (fault) => callback(toStatus(fault)),
        );
    default:
      throw new Error(`${method.name}: bidirectional streams are not served`);
  }
}

/** Codes that are failures of a server, by the semantic conventions for gRPC; a client counts every code but OK. */
const serverFailures: ReadonlySet<grpc.status> = new Set([
  grpc.status.UNKNOWN,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.UNIMPLEMENTED,
  grpc.status.INTERNAL,
  grpc.status.UNAVAILABLE,
  grpc.status.DATA_LOSS,
]);

// One for all: grpc-js says it at the end of every call, and a new one carries a stack trace that nobody reads.
const wentAway = new DOMException('the caller went away', 'AbortError');

/** The frame around every handler: span, duration, identity, access, cancellation, log, one kind of failure. */
async function serve<T>(
  { method, name, attributes, durations }: Served,
  call: Call,
  options: ServeOptions,
  run: (context: CallContext) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const parent = propagation.extract(telemetry.active(), call.metadata, metadataGetter);
  return tracer().startActiveSpan(name, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
    const gone = new AbortController();
    (call as EventEmitter).once('cancelled', () => gone.abort(wentAway));
    let context: CallContext | undefined;
    let code = grpc.status.OK;
    try {
      const { caller, onBehalfOf } = await options.authenticate(call.metadata);
      authorise(method, caller);
      context = {
        caller,
        onBehalfOf,
        signal: gone.signal,
        log: options.log,
        ...callMetadata(call, caller),
      };
      return await run(context);
    } catch (error) {
      const fault = gone.signal.aborted && !(error instanceof Fault) ? abortFault(context) : faultOf(error);
      code = fault.code;
      // What the caller did wrong is an answer like any other, and no failure of this side.
      if (serverFailures.has(code)) failSpan(span, fault);
      else span.setAttribute('jangbu.reason', fault.reason);
      if (fault.reason === 'INTERNAL') options.log.error({ err: fault.cause ?? fault, method: name }, 'call failed');
      else options.log.debug({ reason: fault.reason, method: name }, 'call refused');
      throw fault;
    } finally {
      span.setAttribute('rpc.response.status_code', statusName(code));
      span.end();
      durations.record(startedAt, code);
    }
  });
}

function accept(method: DescMethod, bytes: Buffer, context: CallContext): Message {
  const request = decode(method, bytes);
  scopeToCaller(method, request, context.caller);
  refuseNul(method.input, request, bytes);
  validateMessage(method.input, request);
  return request;
}

function decode(method: DescMethod, bytes: Buffer): Message {
  try {
    return fromBinary(method.input, bytes);
  } catch (cause) {
    throw new Fault('INVALID_REQUEST', {
      message: `the bytes are no ${method.input.typeName}`,
      cause,
    });
  }
}

function encode(method: DescMethod, init: MessageInitShape<DescMessage>): Buffer {
  const bytes = toBinary(method.output, create(method.output, init));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** So long after a stream's end the news that it was cut, not complete, is certainly there. */
const noticeACutMs = 100;

/**
 * The requests of a client stream. A caller that goes away sends, if it is a Node program, the orderly end first and the
 * cancellation as a packet of its own right after it; a file cut off must not pass for a whole one, so an end is believed only a while later.
 */
async function* read(call: grpc.ServerReadableStream<Buffer, Buffer>, context: CallContext): AsyncGenerator<Buffer> {
  const cut = () => call.destroy(abortFault(context));
  context.signal.addEventListener('abort', cut);
  try {
    yield* call;
    await sleep(noticeACutMs, context.signal);
    if (context.signal.aborted) throw abortFault(context);
  } finally {
    context.signal.removeEventListener('abort', cut);
  }
}

async function* decoded(method: DescMethod, call: grpc.ServerReadableStream<Buffer, Buffer>, context: CallContext) {
  for await (const bytes of read(call, context)) yield accept(method, bytes, context);
}

function callMetadata(
  call: Call,
  { roles }: Caller,
): Pick<CallContext, 'deadline' | 'idempotencyKey' | 'ifMatch' | 'token' | 'header'> {
  const text = (key: string) => {
    const [value] = (call.metadata as Metadata).get(key);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const deadline = call.getDeadline();
  const time = deadline instanceof Date ? deadline.getTime() : deadline;
  return {
    deadline: Number.isFinite(time) ? new Date(time) : undefined,
    idempotencyKey: text('idempotency-key'),
    ifMatch: text('if-match'),
    header: text,
    // Only a service says for whom it calls; from anybody else the header is nothing.
    token: (roles.has('service') ? text('x-caller-authorization') : undefined) ?? text('authorization'),
  };
}

function abortFault(context: CallContext | undefined): Fault {
  const late = context?.deadline !== undefined && context.deadline.getTime() <= Date.now();
  return late
    ? new Fault('DEADLINE_EXCEEDED', { message: 'the deadline has passed' })
    : new Fault('CANCELLED', { message: 'the caller went away' });
}

function drained(call: grpc.ServerWritableStream<Buffer, Buffer>, { signal }: CallContext): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    signal.addEventListener('abort', done);
  });
}
