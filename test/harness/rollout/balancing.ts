import type { ClientHttp2Session } from 'node:http2';
import type { Endpoints } from './endpoints.ts';

/** What a balancer has done so far. */
export interface Forwarded {
  requests: number;
  /** Sent again after a replica had said that it has not looked at them. */
  unprocessed: number;
  /** Sent again because the contract says that it does no harm. */
  repeated: number;
  /** Answered with a failure of the balancer's own. */
  failed: number;
}

/** A balancer as a call on its way through it sees it. */
export interface Balancing {
  readonly endpoints: Endpoints;
  readonly forwarded: Forwarded;
  isIdempotent(path: string): boolean;
  session(address: string): ClientHttp2Session;
  wasConnected(session: ClientHttp2Session): boolean;
}
