import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { endWith } from '../edge/body.ts';
import { exposeHeaders } from '../edge/cors.ts';
import type { Exchange } from '../edge/exchange.ts';
import { neverExposed } from '../edge/policy.ts';
import { presentable } from '../errors/localStatus.ts';
import type { GrpcWebKind } from './contentType.ts';
import { encodeFrame } from './frames.ts';
import { metadataNames, texts, trailersFrame } from './trailers.ts';

/** The answer to a gRPC-Web call: messages in frames, and the status in the last one. */
export class Answer {
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
