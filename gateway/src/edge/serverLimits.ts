export interface ServerLimits {
  /** Largest request line and headers together, in bytes. */
  headerBytes: number;
  /** Most headers of a request. */
  headers: number;
  /** Longest time for the headers to arrive, in milliseconds. */
  headersMs: number;
  /** How long a connection may stay without a request, in milliseconds. */
  keepAliveMs: number;
  connections: number;
  /** Most requests that a connection may have open at once. */
  requestsPerConnection: number;
  /** HTTP/2 streams that may be opened and reset in a burst, and a second from then on. */
  resetBurst: number;
  resetRate: number;
}
