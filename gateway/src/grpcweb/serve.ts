import type { DescMethod, Registry } from '@bufbuild/protobuf';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { shuttingDown, statusOf } from '../edge/answer.ts';
import { deadlineOf, type TimeoutLimits } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import type { BodyLimits } from '../edge/readBody.ts';
import { grpcWebMetadata } from '../edge/requestMetadata.ts';
import { sendMessages } from '../rest/sendMessages.ts';
import { UpstreamCall } from '../upstream/call.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { Answer } from './answer.ts';
import { codecOf } from './codec.ts';
import type { GrpcWebKind } from './contentType.ts';
import { onlyMessage, requestMessages } from './requestMessages.ts';

export interface GrpcWebSettings {
  body: BodyLimits;
  timeouts: TimeoutLimits;
  registry: Registry;
  /** Whether calls go through with nothing of this gateway's own: no deadline, no details of its catalogue. */
  transparent: boolean;
}

/**
 * Serves a gRPC-Web call of any kind. Messages pass through as bytes. Every answer is HTTP 200: how the call
 * ended stands in the last frame, where clients of all browsers can read it.
 */
export async function serveGrpcWeb(
  exchange: Exchange,
  kind: GrpcWebKind,
  methods: ReadonlyMap<string, DescMethod>,
  upstreams: Upstreams,
  settings: GrpcWebSettings,
): Promise<void> {
  const answer = new Answer(exchange, kind, settings.transparent);
  try {
    const method = methods.get(exchange.path);
    const channel = method && upstreams.channel(method.parent.typeName);
    if (!channel) throw new Fault('METHOD_UNKNOWN', { message: 'no service has this method' });
    exchange.route = exchange.path;
    if (method.methodKind === 'unary') answer.isWhole = true;
    else exchange.becomesStream();
    const codec = codecOf(kind.codec, method, settings.registry);
    const unlimited = settings.transparent || method.methodKind !== 'unary';
    const deadline = deadlineOf(exchange.request.headers, unlimited, settings.timeouts);
    const only = takesStream(method) ? undefined : await onlyMessage(exchange.request, kind, codec, settings.body);
    if (exchange.gone) return;
    const over = Promise.withResolvers<StatusObject>();
    let failure: unknown;
    const upstream = new UpstreamCall(
      { channel, path: exchange.path, metadata: grpcWebMetadata(exchange), deadline },
      {
        onHeaders: (headers) => answer.headers(headers),
        onMessage: (message) => {
          if (exchange.gone) return;
          try {
            if (answer.message(codec.response(message))) upstream.read();
            else exchange.response.once('drain', () => upstream.read());
          } catch (error) {
            failure = error;
            upstream.cancel();
          }
        },
        onStatus: (answered) => over.resolve(answered),
      },
    );
    exchange.onGone(() => upstream.cancel());
    if (hasNoEnd(method)) {
      exchange.onClosing(() => {
        failure ??= shuttingDown();
        upstream.cancel();
      });
    }
    upstream.read();
    if (only) upstream.sendOnly(only);
    else {
      void sendMessages(upstream, requestMessages(exchange.request, kind, codec, settings.body), (error) => {
        failure = error;
      });
    }
    const answered = await over.promise;
    if (failure !== undefined) throw failure;
    answer.end(answered);
  } catch (error) {
    const { code, details, metadata } = statusOf(error);
    answer.end({ code, details, metadata: settings.transparent ? new Metadata() : metadata });
    if (!(error instanceof Fault)) throw error;
  }
}

/** Answers a call that is not let in, where its client looks for the status. */
export function refuseGrpcWeb(exchange: Exchange, kind: GrpcWebKind, settings: GrpcWebSettings, error: unknown): void {
  const { code, details, metadata } = statusOf(error);
  new Answer(exchange, kind, settings.transparent).end({
    code,
    details,
    metadata: settings.transparent ? new Metadata() : metadata,
  });
  if (!(error instanceof Fault)) throw error;
}

/** Streams of messages go on for as long as somebody listens; one of bytes is a download. */
function hasNoEnd({ methodKind, output }: DescMethod): boolean {
  const answersStream = methodKind === 'server_streaming' || methodKind === 'bidi_streaming';
  return answersStream && output.typeName !== 'google.api.HttpBody';
}

function takesStream({ methodKind }: DescMethod): boolean {
  return methodKind === 'client_streaming' || methodKind === 'bidi_streaming';
}
