import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DescMethod, Registry } from '@bufbuild/protobuf';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { statusOf } from '../edge/answer.ts';
import { endWith } from '../edge/body.ts';
import { exposeHeaders } from '../edge/cors.ts';
import { deadlineOf, type TimeoutLimits } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import { neverExposed } from '../edge/policy.ts';
import { type BodyLimits, pieces, readWhole } from '../edge/readBody.ts';
import { grpcWebMetadata } from '../edge/requestMetadata.ts';
import { presentable } from '../errors/localStatus.ts';
import { sendMessages } from '../rest/sendMessages.ts';
import { UpstreamCall } from '../upstream/call.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { type Codec, codecOf } from './codec.ts';
import type { GrpcWebKind } from './contentType.ts';
import {
  compressedFlag,
  decodeBase64,
  decodeFrames,
  encodeFrame,
  type Frame,
  framesIn,
  wholeBase64,
} from './frames.ts';
import { metadataNames, texts, trailersFrame } from './trailers.ts';

export interface GrpcWebSettings {
  body: BodyLimits;
  timeouts: TimeoutLimits;
  registry: Registry;
  /** Whether calls go through with nothing of this gateway's own: no deadline, no details of its catalogue. */
  transparent: boolean;
}

const unzip = promisify(gunzip);

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
    const only = takesStream(method) ? undefined : await onlyMessage(exchange, kind, codec, settings);
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
    upstream.read();
    if (only) upstream.sendOnly(only);
    else {
      void sendMessages(upstream, requestMessages(exchange, kind, codec, settings), (error) => {
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

/** The messages of a client stream, as they come. */
async function* requestMessages(
  { request }: Exchange,
  kind: GrpcWebKind,
  codec: Codec,
  { body }: GrpcWebSettings,
): AsyncGenerator<Buffer> {
  const encoding = encodingOf(request);
  const arriving = pieces(request, body.idleMs);
  for await (const frame of decodeFrames(kind.text ? decodeBase64(arriving) : arriving, body.bytes)) {
    yield codec.request(await payloadOf(frame, encoding, body.bytes));
  }
}

/** The message of a method that takes one. It is sent only after it is sure that there is no other. */
async function onlyMessage(
  { request }: Exchange,
  kind: GrpcWebKind,
  codec: Codec,
  { body }: GrpcWebSettings,
): Promise<Buffer> {
  const encoding = encodingOf(request);
  const sent = await readWhole(request, { ...body, bytes: wireBytes(body.bytes, kind) });
  const frames = framesIn(kind.text ? wholeBase64(sent) : sent, body.bytes);
  for (const { flags } of frames) checkFlags(flags);
  const [frame] = frames;
  if (!frame || frames.length > 1) {
    throw new Fault('MESSAGE_COUNT_WRONG', { message: 'this method takes exactly one message' });
  }
  return codec.request(await payloadOf(frame, encoding, body.bytes));
}

/** How long a body may be that holds a message of the largest size: with the frame around it, and as base64 with line breaks. */
function wireBytes(messageBytes: number, { text }: GrpcWebKind): number {
  return text ? 2 * messageBytes + 1_024 : messageBytes + 5;
}

function encodingOf({ headers }: IncomingMessage): string {
  const encoding = headers['grpc-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Fault('COMPRESSION_UNSUPPORTED', { message: 'messages must be compressed with gzip or not at all' });
}

function checkFlags(flags: number): void {
  if (flags === 0 || flags === compressedFlag) return;
  throw new Fault('INVALID_REQUEST', { message: `a frame has flags ${flags}, which requests do not have` });
}

function payloadOf({ flags, payload }: Frame, encoding: string, bytes: number): Buffer | Promise<Buffer> {
  checkFlags(flags);
  if (flags === 0) return payload;
  if (encoding === 'gzip') return unpack(payload, bytes);
  throw new Fault('FRAME_INVALID', { message: 'a message is compressed, and grpc-encoding does not say how' });
}

function takesStream({ methodKind }: DescMethod): boolean {
  return methodKind === 'client_streaming' || methodKind === 'bidi_streaming';
}

async function unpack(payload: Buffer, bytes: number): Promise<Buffer> {
  try {
    return await unzip(payload, { maxOutputLength: bytes });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new Fault('REQUEST_TOO_LARGE', { message: `a message unpacks to more than ${bytes} bytes` });
    }
    throw new Fault('INVALID_REQUEST', { message: 'a compressed message is not gzip' });
  }
}

class Answer {
  readonly #exchange: Exchange;
  readonly #kind: GrpcWebKind;
  readonly #bare: boolean;
  /** Whether the answer is one message at most, which then goes out with the status at once, as a body of known length. */
  isWhole = false;
  #held: Buffer[] = [];

  constructor(exchange: Exchange, kind: GrpcWebKind, bare: boolean) {
    this.#exchange = exchange;
    this.#kind = kind;
    this.#bare = bare;
  }

  headers(metadata: Metadata): void {
    const { response } = this.#exchange;
    if (response.headersSent) return;
    const names = metadataNames(metadata).filter((name) => !neverExposed.test(name));
    for (const name of names) response.setHeader(name, texts(metadata, name));
    exposeHeaders(response, names);
  }

  /** Whether the connection takes more at once. */
  message(bytes: Buffer): boolean {
    const frame = this.#encoded(encodeFrame(0, bytes));
    if (this.isWhole) {
      // A service that does not stop must not fill the memory.
      if (this.#held.length > 0) throw new Fault('INTERNAL', { message: 'the service answered more than once' });
      this.#held.push(frame);
      return true;
    }
    const { response } = this.#exchange;
    this.#begin();
    return response.write(frame);
  }

  end(answered: StatusObject): void {
    const { response } = this.#exchange;
    if (this.#exchange.gone || response.writableEnded) return;
    const shown = presentable(answered, this.#bare);
    if (shown.code !== status.OK) this.#exchange.reason = `CODE_${shown.code}`;
    const trailers = this.#encoded(trailersFrame(shown));
    if (response.headersSent) {
      response.end(trailers);
      return;
    }
    const body = this.#held.length === 0 ? trailers : Buffer.concat([...this.#held, trailers]);
    response.writeHead(200, { 'content-type': this.#kind.contentType, 'content-length': body.length });
    endWith(response, body);
  }

  #begin(): void {
    const { response } = this.#exchange;
    if (!response.headersSent) response.writeHead(200, { 'content-type': this.#kind.contentType });
  }

  /** In text mode every frame is encoded by itself, so that a reader can decode it before the next one comes. */
  #encoded(frame: Buffer): Buffer {
    return this.#kind.textAnswer ? Buffer.from(frame.toString('base64'), 'latin1') : frame;
  }
}
