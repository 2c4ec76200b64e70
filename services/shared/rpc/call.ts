import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import grpc, { Metadata } from '@grpc/grpc-js';
import { propagation, type Span, SpanKind, context as telemetry, trace } from '@opentelemetry/api';
import { type Breaker, Breakers } from '../breaker/breakers.ts';
import type { ServiceName } from '../config/service.ts';
import { durationHistogram } from '../telemetry/durations.ts';
import { failSpan } from '../telemetry/spanFailure.ts';
import { metadataSetter, tracer } from '../telemetry/tracing.ts';
import { type Called, calledBy, codeOf, finish, spanned } from './called.ts';
import { callBreaker, callThrough } from './callPolicy.ts';
import type { Calls } from './calls.ts';
import type { CallOptions, Client } from './client.ts';
import { messageLimit } from './serve.ts';
import type { ServiceToken } from './serviceToken.ts';
import { fromServiceError } from './status.ts';

/** The one way to call another service: one channel a service of the mesh, one circuit breaker each of its gRPC services. */
export class Clients implements Disposable {
  readonly #addresses: Partial<Record<ServiceName, string>>;
  readonly #token: ServiceToken;
  readonly #breakers: Breakers;
  readonly #authority: string | undefined;
  readonly #channels = new Map<string, grpc.Client>();
  readonly #breakerOf = new Map<string, Breaker>();
  readonly #durations = durationHistogram('rpc.client.call.duration', 'Duration of calls to other services');
  readonly #called = new Map<string, Called>();

  constructor(
    addresses: Partial<Record<ServiceName, string>>,
    token: ServiceToken,
    breakers: Breakers = new Breakers(),
    /** What requests say that they are for, where proxies are not to go by the address. */
    authority?: string,
  ) {
    this.#addresses = addresses;
    this.#token = token;
    this.#breakers = breakers;
    this.#authority = authority;
  }

  /**
   * A client of a whole service of the contract. Its address follows from the package, `jangbu.<service>.v1`; for what all of them serve,
   * `at` says which one is meant.
   */
  get<S extends DescService>(service: S, at?: ServiceName): Client<S> {
    const name = at ?? service.file.proto.package.split('.')[1] ?? '';
    const methods = service.methods.map((method) => [
      method.localName,
      method.methodKind === 'server_streaming'
        ? (request: MessageInitShape<DescMessage>, options: CallOptions = {}) =>
            this.#stream(name, method, request, options)
        : (request: MessageInitShape<DescMessage>, options: CallOptions = {}) =>
            this.#unary(name, method, request, options),
    ]);
    return Object.fromEntries(methods);
  }

  /** A client that can make these calls and no others: what services use. */
  for<S extends DescService, M extends keyof S['method'] & string>(
    { service, methods }: Calls<S, M>,
    at?: ServiceName,
  ): Pick<Client<S>, M> {
    const client = this.get(service, at);
    return Object.fromEntries(methods.map((method) => [method, client[method]])) as Pick<Client<S>, M>;
  }

  async #unary(name: string, method: DescMethod, request: MessageInitShape<DescMessage>, options: CallOptions) {
    const channel = this.#channel(name);
    const breaker = this.#breaker(name, method.parent.name);
    const bytes = Buffer.from(toBinary(method.input, create(method.input, request)));
    const deadline = deadlineOf(options);
    const signal = anySignal(options);
    return spanned(this.#calledOf(name, method), async () => {
      const attempt = async () => {
        const metadata = await this.#metadata(options);
        return new Promise<Buffer>((resolve, reject) => {
          const call = channel.makeUnaryRequest<Buffer, Buffer>(
            pathOf(method),
            (raw) => raw,
            (raw) => raw,
            bytes,
            metadata,
            { deadline },
            (error, response) => {
              signal?.removeEventListener('abort', cancel);
              if (error) reject(fromServiceError(error));
              else resolve(response ?? Buffer.alloc(0));
            },
          );
          const cancel = () => call.cancel();
          if (signal?.aborted) cancel();
          else signal?.addEventListener('abort', cancel);
        });
      };
      const idempotent =
        options.idempotencyKey !== undefined ||
        method.idempotency === Level.IDEMPOTENT ||
        method.idempotency === Level.NO_SIDE_EFFECTS;
      const manner = { idempotent, signal, deadline, isHurried: isHurried(options) };
      return fromBinary(method.output, await callThrough(breaker, attempt, manner));
    });
  }

  async *#stream(name: string, method: DescMethod, request: MessageInitShape<DescMessage>, options: CallOptions) {
    const called = this.#calledOf(name, method);
    const startedAt = performance.now();
    const span = tracer().startSpan(called.spanName, { kind: SpanKind.CLIENT, attributes: called.attributes });
    let code = grpc.status.OK;
    try {
      yield* this.#messages(name, method, request, options, span);
    } catch (error) {
      code = codeOf(error);
      failSpan(span, error);
      throw error;
    } finally {
      finish(called, span, startedAt, code);
    }
  }

  async *#messages(
    name: string,
    method: DescMethod,
    request: MessageInitShape<DescMessage>,
    options: CallOptions,
    span: Span,
  ) {
    const channel = this.#channel(name);
    const bytes = Buffer.from(toBinary(method.input, create(method.input, request)));
    const call = channel.makeServerStreamRequest<Buffer, Buffer>(
      pathOf(method),
      (raw) => raw,
      (raw) => raw,
      bytes,
      // A generator runs in whatever context its reader is in, so the span is named here.
      await telemetry.with(trace.setSpan(telemetry.active(), span), () => this.#metadata(options)),
      { deadline: deadlineOf(options) },
    );
    const signal = anySignal(options);
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      for await (const response of call) yield fromBinary(method.output, response);
    } catch (error) {
      throw fromServiceError(error as grpc.ServiceError);
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  #calledOf(name: string, method: DescMethod): Called {
    const key = `${name} ${pathOf(method)}`;
    const called = this.#called.get(key) ?? calledBy(name, method, this.#durations);
    this.#called.set(key, called);
    return called;
  }

  #channel(name: string): grpc.Client {
    const known = this.#channels.get(name);
    if (known) return known;
    const address = this.#addresses[name as ServiceName];
    if (!address) throw new Error(`no address is configured for ${name}`);
    const channel = new grpc.Client(address, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': messageLimit,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      ...(this.#authority && { 'grpc.default_authority': this.#authority }),
    });
    this.#channels.set(name, channel);
    return channel;
  }

  /** One for each gRPC service: what makes one of them slow does not close the others. */
  #breaker(name: string, service: string): Breaker {
    const key = `${name}/${service}`;
    const breaker = this.#breakerOf.get(key) ?? this.#breakers.create(key, callBreaker);
    this.#breakerOf.set(key, breaker);
    return breaker;
  }

  async #metadata(options: CallOptions): Promise<Metadata> {
    const metadata = new Metadata();
    const token = await this.#token();
    if (token) metadata.set('authorization', `Bearer ${token}`);
    if (options.context?.token) metadata.set('x-caller-authorization', options.context.token);
    if (options.idempotencyKey) metadata.set('idempotency-key', options.idempotencyKey);
    propagation.inject(telemetry.active(), metadata, metadataSetter);
    return metadata;
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels.values()) channel.close();
  }
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

const usualMs = 10_000;

function deadlineOf({ deadlineMs = usualMs, context }: CallOptions): Date {
  const own = Date.now() + deadlineMs;
  return new Date(Math.min(own, context?.deadline?.getTime() ?? own));
}

/** Whether the caller that is served leaves less than half of the time that the call may take. */
function isHurried({ deadlineMs = usualMs, context }: CallOptions): boolean {
  const left = context?.deadline ? context.deadline.getTime() - Date.now() : deadlineMs;
  return left < deadlineMs / 2;
}

function anySignal({ signal, context }: CallOptions): AbortSignal | undefined {
  if (signal && context) return AbortSignal.any([signal, context.signal]);
  return signal ?? context?.signal;
}
