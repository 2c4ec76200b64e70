import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DescMethod } from '@bufbuild/protobuf';
import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { metadataTexts, statusOf } from '../edge/answer.ts';
import { exposeHeaders } from '../edge/cors.ts';
import { deadlineOf, type TimeoutLimits } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import { type BodyLimits, pieces } from '../edge/readBody.ts';
import { grpcWebMetadata } from '../edge/requestMetadata.ts';
import { presentable } from '../errors/localStatus.ts';
import { sendMessages } from '../rest/sendMessages.ts';
import { UpstreamCall } from '../upstream/call.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { GrpcWebKind } from './contentType.ts';
import { compressedFlag, decodeBase64, decodeFrames, encodeFrame } from './frames.ts';
import { metadataNames, trailersFrame } from './trailers.ts';

export interface GrpcWebSettings {
  body: BodyLimits;
  timeouts: TimeoutLimits;
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
  const answer = new Answer(exchange, kind);
  try {
    const method = methods.get(exchange.path);
    const channel = method && upstreams.channel(method.parent.typeName);
    if (!channel) throw new Fault('METHOD_UNKNOWN', { message: 'no service has this method' });
    exchange.route = exchange.path;
    const deadline = deadlineOf(exchange.request.headers, method.methodKind !== 'unary', settings.timeouts);
    const over = Promise.withResolvers<StatusObject>();
    let failure: unknown;
    const upstream = new UpstreamCall(
      { channel, path: exchange.path, metadata: grpcWebMetadata(exchange), deadline },
      {
        onHeaders: (headers) => answer.headers(headers),
        onMessage: (message) => {
          if (exchange.gone) return;
          if (answer.message(message)) upstream.read();
          else exchange.response.once('drain', () => upstream.read());
        },
        onStatus: (answered) => over.resolve(answered),
      },
    );
    exchange.onGone(() => upstream.cancel());
    upstream.read();
    void sendMessages(upstream, requestMessages(exchange, kind, settings), (error) => {
      failure = error;
    });
    const answered = await over.promise;
    if (failure !== undefined) throw failure;
    answer.end(answered);
  } catch (error) {
    answer.end(statusOf(error));
    if (!(error instanceof Fault)) throw error;
  }
}

async function* requestMessages(
  { request }: Exchange,
  kind: GrpcWebKind,
  { body }: GrpcWebSettings,
): AsyncGenerator<Buffer> {
  const arriving = pieces(request, body.idleMs);
  for await (const { flags, payload } of decodeFrames(kind.text ? decodeBase64(arriving) : arriving, body.bytes)) {
    if (flags === 0) yield payload;
    else if (flags === compressedFlag && request.headers['grpc-encoding'] === 'gzip') {
      yield await unpack(payload, body.bytes);
    } else throw new Fault('INVALID_REQUEST', { message: `a frame has flags ${flags}, which requests do not have` });
  }
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

  constructor(exchange: Exchange, kind: GrpcWebKind) {
    this.#exchange = exchange;
    this.#kind = kind;
  }

  headers(metadata: Metadata): void {
    const { response } = this.#exchange;
    if (response.headersSent) return;
    const names = metadataNames(metadata);
    for (const name of names) response.setHeader(name, metadataTexts(metadata, name));
    exposeHeaders(response, names);
  }

  /** Whether the connection takes more at once. */
  message(bytes: Buffer): boolean {
    this.#begin();
    return this.#write(encodeFrame(0, bytes));
  }

  end(answered: StatusObject): void {
    const { response } = this.#exchange;
    if (this.#exchange.gone || response.writableEnded) return;
    const shown = presentable(answered);
    if (shown.code !== status.OK) this.#exchange.reason = `CODE_${shown.code}`;
    this.#begin();
    this.#write(trailersFrame(shown));
    response.end();
  }

  #begin(): void {
    const { response } = this.#exchange;
    if (!response.headersSent) response.writeHead(200, { 'content-type': this.#kind.contentType });
  }

  /** In text mode every frame is encoded by itself, so that a reader can decode it before the next one comes. */
  #write(frame: Buffer): boolean {
    const { response } = this.#exchange;
    return this.#kind.text ? response.write(frame.toString('base64'), 'latin1') : response.write(frame);
  }
}
