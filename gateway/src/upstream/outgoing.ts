import type { Metadata } from '@grpc/grpc-js';

/** The five bytes before a message: not compressed, and its length. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
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
