import type { IncomingMessage } from 'node:http';
import { Fault } from '#shared/errors/fault';
import { isHttp2 } from './protocol.ts';

export interface RequestLimits {
  /** Longest path and query together, in bytes. */
  urlBytes: number;
  /** Most headers. */
  headers: number;
  /** All headers together, in bytes. */
  headerBytes: number;
}

/** Refuses what is too large to be looked at. */
export function checkSize(request: IncomingMessage, limits: RequestLimits): void {
  const length = request.url?.length ?? 0;
  if (length > limits.urlBytes) {
    throw tooLarge('url', `the URL is longer than ${limits.urlBytes} bytes`, limits.urlBytes);
  }
  const { rawHeaders } = request;
  if (rawHeaders.length > limits.headers * 2) {
    throw tooLarge('headers', `there are more than ${limits.headers} headers`, limits.headers);
  }
  // The parser of HTTP/1.1 has counted the bytes already.
  if (isHttp2(request) && sizeOf(rawHeaders) > limits.headerBytes) {
    throw tooLarge('headers', 'the headers are too large', limits.headerBytes);
  }
}

function sizeOf(rawHeaders: string[]): number {
  let size = 0;
  for (const text of rawHeaders) size += text.length;
  return size;
}

function tooLarge(part: 'url' | 'headers', message: string, limit: number): Fault {
  return new Fault('REQUEST_TOO_LARGE', { message, metadata: { part, limit: String(limit) } });
}
