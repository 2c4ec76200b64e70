import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type ServerOptions,
} from 'node:http2';

/** Bytes of one stream that the service may send before they are read: as much as a slow caller costs in memory. */
const windowBytes = 256 * 1024;
const reconnectMs = 1_000;
const keepAliveMs = 30_000;
/** The longest that a connection may take to be made. */
const connectMs = 20_000;
/** How long a service may take to answer a ping, and how often it is asked at most. */
const defaultPingMs = 5_000;
const pingEveryMs = 30_000;
/** A connection has ids for 2^30 calls and then fails each of them; another one is made well before. */
const defaultMostCalls = 2 ** 29;
const retireMs = 30_000;

/** Node's types know the last one for servers only. */
const sessionOptions: ClientSessionOptions & Pick<ServerOptions, 'strictSingleValueFields'> = {
  settings: { initialWindowSize: windowBytes, enablePush: false },
  // Node would break a busy connection off at 10 MB of buffers.
  maxSessionMemory: 1_000,
  // Where headers are larger, Node ends the whole connection; how large they may be is the edge's to say.
  maxSendHeaderBlockLength: 1024 * 1024,
  // gRPC lets every name come twice, also those that are one thing in HTTP.
  strictSingleValueFields: false,
};

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
  readonly #pingMs: number;
  readonly #mostCalls: number;
  #pingedAt = 0;
  /** Calls begun on the present connection. */
  #calls = 0;
  readonly #retired = new Set<ClientHttp2Session>();
  #closed = false;

  constructor(address: string, messageBytes: number, pingMs = defaultPingMs, mostCalls = defaultMostCalls) {
    this.address = address;
    this.messageBytes = messageBytes;
    this.#pingMs = pingMs;
    this.#mostCalls = mostCalls;
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Begins a request, which waits where the connection is just being made. Where none is to be had, the stream fails. */
  open(headers: string[]): ClientHttp2Stream {
    const session = this.#usable();
    const stream = session.request(headers);
    if (++this.#calls >= this.#mostCalls) this.#retire(session);
    // Whoever still calls after the end fails as with any connection that is lost, and leaves none open.
    if (this.#closed) session.destroy();
    return stream;
  }

  /** Starts connecting, so that the first call does not wait for it. */
  connect(): void {
    if (!this.#closed) this.#usable();
  }

  /**
   * To be told of a call that heard nothing until its deadline. A machine that went away without a goodbye answers no ping either; TCP
   * alone would try for a quarter of an hour, and all calls with it.
   */
  doubt(): void {
    const session = this.#session;
    if (!session || session.connecting || session.destroyed || Date.now() - this.#pingedAt < pingEveryMs) return;
    this.#pingedAt = Date.now();
    const silent = setTimeout(() => session.destroy(), this.#pingMs).unref();
    session.ping(() => clearTimeout(silent));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnecting);
    this.#session?.destroy();
    for (const session of this.#retired) session.destroy();
  }

  #usable(): ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`http://${this.address}`, sessionOptions);
    this.#session = session;
    this.#calls = 0;
    this.#state = 'CONNECTING';
    const late = setTimeout(() => session.destroy(new Error('no connection in time')), connectMs).unref();
    session.once('close', () => clearTimeout(late));
    session.on('connect', (_session, socket) => {
      clearTimeout(late);
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

  /** Takes no more calls. A while later, when those that it has are sent, it is told to close behind the last of them. */
  #retire(session: ClientHttp2Session): void {
    this.#session = undefined;
    this.#retired.add(session);
    session.once('close', () => this.#retired.delete(session));
    setTimeout(() => session.close(), retireMs).unref();
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
