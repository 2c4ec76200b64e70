import type { Metadata } from '@grpc/grpc-js';

/** An encoded message, also in two parts, the second of which is sent from where it is. */
export type Encoded = Buffer | { head: Uint8Array; rest: Buffer };

/** A message behind its five bytes: not compressed, and its length; or its first part only, where it has two. */
export function framed(message: Encoded): Buffer {
  const [first, restLength] = Buffer.isBuffer(message) ? [message, 0] : [message.head, message.rest.length];
  const frame = Buffer.allocUnsafe(5 + first.length);
  frame[0] = 0;
  frame.writeUInt32BE(first.length + restLength, 1);
  frame.set(first, 5);
  return frame;
}

/** The headers of a call, names and values in turn, as Node takes them with the least work: what gRPC asks for, then the metadata. */
export function requestHeaders(
  path: string,
  authority: string,
  metadata: Metadata,
  deadline: Date | undefined,
): string[] {
  const headers = [
    ...[':method', 'POST', ':path', path, ':scheme', 'http', ':authority', authority],
    ...['content-type', 'application/grpc', 'te', 'trailers', 'user-agent', 'jangbu-gateway'],
  ];
  if (deadline) headers.push('grpc-timeout', timeoutText(deadline.getTime() - Date.now()));
  const own = metadata.toHttp2Headers();
  for (const name in own) {
    const values = own[name];
    if (Array.isArray(values)) for (const value of values) headers.push(name, value);
    else if (values !== undefined) headers.push(name, String(values));
  }
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
