import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';

/**
 * Where the two versions of HTTP differ behind Node's common face: whether a body comes, whether it came whole, and how an
 * answer is broken off.
 */

export function isHttp2(request: IncomingMessage): boolean {
  return request.httpVersionMajor === 2;
}

function stream2(message: IncomingMessage | ServerResponse) {
  return (message as unknown as Http2ServerRequest | Http2ServerResponse).stream;
}

/** Whether the request announces a body at all. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  if (isHttp2(request)) return length !== '0' && !stream2(request).endAfterHeaders;
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Whether the body that has ended is all of it. A stream of HTTP/2 that is reset ends like any other and is only marked. */
export function isWhole(request: IncomingMessage): boolean {
  return request.complete && !request.aborted;
}

/** Where the request was sent to, as the caller names it. */
export function authority(request: IncomingMessage): string {
  return request.headers.host ?? String(request.headers[':authority'] ?? '');
}

/** How long a caller may take to read what was written before its answer is cut. */
const cutMs = 2_000;

/** Ends an answer so that the caller sees that it is not whole, after what was written of it. */
export function cutAnswer(request: IncomingMessage, response: ServerResponse): void {
  if (isHttp2(request)) {
    stream2(response).close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const { socket } = request;
  // A body without length and chunks ends with its connection: only a reset shows that this was not the end.
  if (request.httpVersionMinor === 0) socket.resetAndDestroy();
  else socket.destroySoon();
  setTimeout(() => socket.destroy(), cutMs).unref();
}

/** How long a body that nobody wants any more is read on, so that its sender gets to read the answer. */
const lingerMs = 5_000;

/** Once the answer is out, gets rid of what is still coming in. */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  const outgoing = isHttp2(request) ? stream2(request) : response;
  outgoing.once('finish', () => {
    if (request.readableEnded || request.complete || request.destroyed) return;
    request.resume();
    const timer = setTimeout(() => stopSending(request), lingerMs);
    timer.unref();
    const stop = () => clearTimeout(timer);
    request.once('end', stop);
    request.once('close', stop);
  });
}

function stopSending(request: IncomingMessage): void {
  // "I have answered, do not send the rest": no failure (RFC 9113, 8.1).
  if (isHttp2(request)) stream2(request).close(constants.NGHTTP2_NO_ERROR);
  else request.socket.destroy();
}
