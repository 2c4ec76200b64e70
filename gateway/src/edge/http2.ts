import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { CountedHttp2Response } from './countedResponse.ts';
import type { ServerLimits } from './serverLimits.ts';

/** So many pings a session may send in ten seconds; honest clients send one in ten seconds at most. */
const mostPings = 50;
const pingWindowMs = 10_000;

/**
 * HTTP/2 without TLS, for clients that know beforehand that it is spoken here. Its requests are handed on in the dress of
 * HTTP/1.1 (Node's compatibility API), so that one handler serves both.
 */
export function createHttp2Server(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  limits: ServerLimits,
): Http2Server {
  const server = createServer(
    {
      Http2ServerResponse: CountedHttp2Response as unknown as typeof Http2ServerResponse,
      settings: {
        maxConcurrentStreams: limits.requestsPerConnection,
        // Node resets what is larger without a word; up to twice the limit there is an answer that says so.
        maxHeaderListSize: limits.headerBytes * 2,
        enablePush: false,
      },
      maxHeaderListPairs: limits.headers * 2,
      // Streams that are opened and reset at once: a burst of so many, then so many a second, then the session ends.
      streamResetBurst: limits.resetBurst,
      streamResetRate: limits.resetRate,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
      maxOutstandingPings: 10,
      maxSettings: 32,
    },
    handler as unknown as Parameters<typeof createServer>[1],
  );
  server.on('session', (session) => guard(session, limits));
  return server;
}

/** Ends sessions that say nothing, ask for nothing, or only ping. */
function guard(session: ServerHttp2Session, { headersMs, keepAliveMs }: ServerLimits): void {
  let open = 0;
  let idleSince = Date.now();
  const greeted = setTimeout(() => session.destroy(), headersMs);
  session.once('remoteSettings', () => clearTimeout(greeted));
  // Bytes alone do not keep a session: headers that trickle in are no stream before they are complete.
  const idle = setTimeout(() => {
    const left = idleSince + keepAliveMs - Date.now();
    if (open > 0 || left > 10) idle.refresh();
    else end(session);
  }, keepAliveMs);
  session.on('stream', (stream) => {
    open++;
    stream.once('close', () => {
      open--;
      idleSince = Date.now();
    });
  });
  let pings = 0;
  let windowEnds = 0;
  session.on('ping', () => {
    const now = Date.now();
    if (now > windowEnds) [pings, windowEnds] = [0, now + pingWindowMs];
    if (++pings > mostPings) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
  // A session that breaks is its client's matter; its streams have told their requests already.
  session.on('error', () => {});
  session.once('close', () => {
    clearTimeout(greeted);
    clearTimeout(idle);
  });
}

/** Says goodbye, and does not wait long for the other side to hear it. */
function end(session: ServerHttp2Session): void {
  session.close();
  setTimeout(() => session.destroy(), 1_000).unref();
}
