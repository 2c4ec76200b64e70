import { type ChannelInterface, type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { presentable } from '../errors/localStatus.ts';

export interface CallStart {
  channel: ChannelInterface;
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

type GrpcCall = ReturnType<ChannelInterface['createCall']>;

/**
 * A call of any kind, as bytes. It stands directly on a channel's calls instead of grpc-js's client, whose streams
 * would buffer on their own account: here a message is read only when the last one has been passed on,
 * and sent only when the connection has taken the one before it.
 */
export class UpstreamCall {
  readonly #call: GrpcCall;
  readonly #over = Promise.withResolvers<false>();
  #done = false;

  constructor({ channel, path, metadata, deadline }: CallStart, listener: CallListener) {
    this.#call = channel.createCall(path, deadline ?? Number.POSITIVE_INFINITY, null, null, null);
    this.#call.start(metadata, {
      onReceiveMetadata: (headers) => listener.onHeaders(headers),
      onReceiveMessage: (bytes: Buffer) => listener.onMessage(bytes),
      onReceiveStatus: (answered) => {
        this.#done = true;
        this.#over.resolve(false);
        listener.onStatus(presentable(answered));
      },
    });
  }

  get done(): boolean {
    return this.#done;
  }

  /** Sends the only message of a unary or server-streaming call. */
  sendOnly(message: Buffer): void {
    this.#call.sendMessageWithContext({}, message);
    this.#call.halfClose();
  }

  /** Sends one message of a stream; true when the next one may be sent, false when the call is over already. */
  send(message: Buffer): Promise<boolean> {
    if (this.#done) return Promise.resolve(false);
    const taken = new Promise<boolean>((resolve) =>
      this.#call.sendMessageWithContext({ callback: () => resolve(true) }, message),
    );
    return Promise.race([taken, this.#over.promise]);
  }

  /** No more messages will be sent: the orderly end, which tells the service that it has everything. */
  end(): void {
    if (!this.#done) this.#call.halfClose();
  }

  read(): void {
    this.#call.startRead();
  }

  cancel(): void {
    if (!this.#done) this.#call.cancelWithStatus(status.CANCELLED, 'Cancelled on client');
  }
}
