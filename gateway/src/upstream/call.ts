import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { metadataIn, own, statusIn, statusOfHttp, statusOfReset } from './callStatus.ts';
import type { Channel } from './channel.ts';
import { Incoming } from './incoming.ts';
import { type Encoded, framed, requestHeaders, timerMs } from './outgoing.ts';

export interface CallStart {
  channel: Channel;
  /** `/package.Service/Method`. */
  path: string;
  metadata: Metadata;
  deadline: Date | undefined;
}

/** What a call hears. `onMessage` comes once for every `read()`; `onStatus` comes once and last. */
export interface CallListener {
  onHeaders(metadata: Metadata): void;
  onMessage(bytes: Buffer): void;
  onStatus(status: StatusObject): void;
}

/**
 * A call of any kind, as bytes, straight on a stream of HTTP/2: grpc-js's client would cost as much as the rest of the gateway, and buffer on
 * its own account. Here a message is read only when the last one has been passed on, and sent only when the connection has
 * taken the one before it.
 */
export class UpstreamCall {
  readonly #start: CallStart;
  readonly #listener: CallListener;
  readonly #incoming: Incoming;
  #stream: ClientHttp2Stream;
  /** The only message of the call, while it may have to be sent again. */
  #only: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wanted = 0;
  #answered = false;
  #sentAgain = false;
  #over = false;
  /** Whether the stream is gone, and nothing more comes of it. */
  #broken = false;
  #status: StatusObject | undefined;
  #waitingForRoom: ((open: boolean) => void) | undefined;

  constructor(start: CallStart, listener: CallListener) {
    this.#start = start;
    this.#listener = listener;
    this.#incoming = new Incoming(start.channel.messageBytes);
    // Throws where a header cannot be sent: no timer may be left then.
    this.#stream = this.#open();
    const ms = timerMs(start.deadline);
    if (ms !== undefined) {
      this.#timer = setTimeout(() => this.#expire(), ms);
    }
  }

  get done(): boolean {
    return this.#over;
  }

  /** Sends the only message of a unary or server-streaming call. */
  sendOnly(message: Buffer): void {
    if (this.#over) return;
    this.#only = framed(message);
    this.#stream.end(this.#only);
  }

  /** Sends one message of a stream; true when the next one may be sent, false when the call is over already. */
  send(message: Encoded): Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    if (this.#write(message)) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waitingForRoom = resolve;
      this.#stream.once('drain', () => resolve(true));
    });
  }

  /** No more messages will be sent: the orderly end, which tells the service that it has everything. */
  end(): void {
    if (!this.#over) this.#stream.end();
  }

  read(): void {
    this.#wanted++;
    this.#deliver();
  }

  cancel(): void {
    this.#breakOff(own(status.CANCELLED, 'Cancelled on client'));
  }

  #write(message: Encoded): boolean {
    const stream = this.#stream;
    if (Buffer.isBuffer(message)) return stream.write(framed(message));
    stream.cork();
    stream.write(framed(message));
    const hasRoom = stream.write(message.rest);
    stream.uncork();
    return hasRoom;
  }

  #open(): ClientHttp2Stream {
    const { channel, path, metadata, deadline } = this.#start;
    const stream = channel.open(requestHeaders(path, channel.address, metadata, deadline));
    stream.on('response', (headers) => this.#respond(headers));
    stream.on('trailers', (trailers) => {
      this.#status ??= statusIn(trailers) ?? own(status.UNKNOWN, 'Call ended without gRPC status');
    });
    stream.on('data', (chunk: Buffer) => this.#receive(stream, chunk));
    stream.on('end', () => this.#deliver());
    // What went wrong is read from the stream when it closes; without a listener it would end the process.
    stream.on('error', () => {});
    // By the time it closes it does not know its connection any more.
    const { session } = stream;
    stream.on('close', () => this.#closed(stream, session?.destroyed ?? true));
    return stream;
  }

  #respond(headers: IncomingHttpHeaders): void {
    this.#answered = true;
    this.#only = undefined;
    const httpStatus = Number(headers[':status']);
    if (httpStatus !== 200) {
      // What else it says is a page for people.
      this.#breakOff(statusIn(headers) ?? statusOfHttp(httpStatus));
      return;
    }
    // An answer of trailers only comes as headers.
    const ended = statusIn(headers);
    if (ended) this.#status = ended;
    else if (!this.#over) this.#listener.onHeaders(metadataIn(headers));
  }

  #receive(stream: ClientHttp2Stream, chunk: Buffer): void {
    const unreadable = this.#incoming.add(chunk);
    if (unreadable === 'too large') {
      const { messageBytes } = this.#start.channel;
      this.#breakOff(own(status.RESOURCE_EXHAUSTED, `Received message larger than ${messageBytes} bytes`));
    } else if (unreadable) {
      this.#breakOff(own(status.INTERNAL, 'Failed to decompress: nobody asked for compression'));
    }
    if (this.#over) return;
    this.#deliver();
    if (this.#incoming.waiting > 0) stream.pause();
  }

  #deliver(): void {
    while (this.#wanted > 0 && !this.#over) {
      const message = this.#incoming.take();
      if (message === undefined) break;
      this.#wanted--;
      this.#listener.onMessage(message);
    }
    const stream = this.#stream;
    if (this.#over || this.#incoming.waiting > 0) return;
    if (stream.isPaused() && !this.#broken) stream.resume();
    if ((stream.readableEnded || this.#broken) && this.#status) this.#end(this.#status);
  }

  #closed(stream: ClientHttp2Stream, connectionLost: boolean): void {
    if (this.#over || stream !== this.#stream) return;
    const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    if (refused && this.#only && !this.#answered && !this.#sentAgain) {
      // What the service refused before it looked at it may be sent once more, on another connection.
      this.#sentAgain = true;
      this.#stream = this.#open();
      this.#stream.end(this.#only);
      return;
    }
    this.#broken = true;
    // Its last word is not enough where what came before it was lost on the way.
    const isWhole = stream.readableEnded && this.#status !== undefined;
    if (!isWhole)
      this.#status =
        failureIn(this.#status) ?? statusOfReset(stream.rstCode ?? constants.NGHTTP2_NO_ERROR, connectionLost);
    this.#deliver();
  }

  /** The service's last word; one that breaks off inside a message has not said all of it. */
  #end(ended: StatusObject): void {
    const cut = ended.code === status.OK && this.#incoming.isOpen;
    this.#finish(cut ? own(status.INTERNAL, 'Call ended inside a message') : ended);
  }

  #expire(): void {
    if (!this.#answered) this.#start.channel.doubt();
    this.#breakOff(own(status.DEADLINE_EXCEEDED, 'Deadline exceeded'));
  }

  #breakOff(ended: StatusObject): void {
    if (this.#over) return;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#finish(ended);
  }

  #finish(ended: StatusObject): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    // A service may answer before it has been told everything; its stream would stay open for the rest.
    if (!this.#stream.writableFinished) this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#waitingForRoom?.(false);
    this.#listener.onStatus(ended);
  }
}

/** A failure that the service told stays what it is, also where its stream was reset after it. */
function failureIn(told: StatusObject | undefined): StatusObject | undefined {
  return told && told.code !== status.OK ? told : undefined;
}
