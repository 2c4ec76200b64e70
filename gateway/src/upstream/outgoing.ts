import type { OutgoingHttpHeaders } from 'node:http2';
import type { Metadata } from '@grpc/grpc-js';

/** The five bytes before a message: not compressed, and its length. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** The metadata as headers of HTTP/2, and what gRPC adds to it. */
export function requestHeaders(metadata: Metadata, deadline: Date | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = metadata.toHttp2Headers();
  headers['content-type'] = 'application/grpc';
  headers.te = 'trailers';
  headers['user-agent'] = 'jangbu-gateway';
  if (deadline) headers['grpc-timeout'] = timeoutText(deadline.getTime() - Date.now());
  return headers;
}

/** `grpc-timeout` has eight digits at most. */
function timeoutText(ms: number): string {
  if (ms < 1) return '1m';
  if (ms < 100_000_000) return `${Math.ceil(ms)}m`;
  return `${Math.min(99_999_999, Math.ceil(ms / 1_000))}S`;
}

/** How long to wait for a deadline; undefined where there is none, or none that a timer can hold. */
export function timerMs(deadline: Date | undefined): number | undefined {
  if (!deadline) return undefined;
  const ms = deadline.getTime() - Date.now();
  return ms < 2 ** 31 ? Math.max(0, ms) : undefined;
}
