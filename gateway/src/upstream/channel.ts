import http2, { type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';

/** Bytes of one stream that the service may send before they are read: as much as a slow caller costs in memory. */
const windowBytes = 256 * 1024;
const reconnectMs = 1_000;
const keepAliveMs = 30_000;

export type ChannelState = 'IDLE' | 'CONNECTING' | 'READY' | 'TRANSIENT_FAILURE';

/**
 * The connection to one address, which all calls to it share. It is made when it is first needed and anew after it broke; when the
 * service says that it is going away, the next call makes a new one, and those under way come to their end on the old one.
 */
export class Channel {
  readonly address: string;
  /** Largest single message, in bytes. */
  readonly messageBytes: number;
  #session: ClientHttp2Session | undefined;
  #state: ChannelState = 'IDLE';
  #reconnecting: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: string, messageBytes: number) {
    this.address = address;
    this.messageBytes = messageBytes;
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Begins a request, which waits where the connection is just being made. Where none is to be had, the stream fails. */
  open(path: string, headers: OutgoingHttpHeaders): ClientHttp2Stream {
    headers[':method'] = 'POST';
    headers[':path'] = path;
    return this.#usable().request(headers);
  }

  /** Starts connecting, so that the first call does not wait for it. */
  connect(): void {
    if (!this.#closed) this.#usable();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnecting);
    this.#session?.destroy();
  }

  #usable(): ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`http://${this.address}`, {
      settings: { initialWindowSize: windowBytes, enablePush: false },
      // Node would break a busy connection off at 10 MB of buffers.
      maxSessionMemory: 1_000,
    });
    this.#session = session;
    this.#state = 'CONNECTING';
    session.on('connect', (_session, socket) => {
      // A service whose machine went away without a goodbye is noticed also while nobody calls it.
      socket.setKeepAlive(true, keepAliveMs);
      this.#become(session, 'READY');
    });
    // Streams hear of it by themselves; without a listener it would end the process, also when it comes after the end.
    session.on('error', () => this.#become(session, 'TRANSIENT_FAILURE'));
    session.on('goaway', () => this.#leave(session));
    session.on('close', () => this.#leave(session));
    return session;
  }

  #become(session: ClientHttp2Session, state: ChannelState): void {
    if (session === this.#session) this.#state = state;
  }

  /** Another connection is made soon, so that `state` tells whether the service is there. */
  #leave(session: ClientHttp2Session): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    if (this.#state !== 'TRANSIENT_FAILURE') this.#state = 'IDLE';
    clearTimeout(this.#reconnecting);
    this.#reconnecting = setTimeout(() => this.connect(), reconnectMs);
    this.#reconnecting.unref();
  }
}
