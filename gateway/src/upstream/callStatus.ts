import { constants, type IncomingHttpHeaders } from 'node:http2';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';

/** How a call ended by what the service sent last; undefined where that says nothing about it. */
export function statusIn(headers: IncomingHttpHeaders): StatusObject | undefined {
  const sent = headers['grpc-status'];
  if (typeof sent !== 'string' || !/^\d+$/.test(sent)) return undefined;
  const message = headers['grpc-message'];
  return {
    code: Number(sent),
    details: typeof message === 'string' ? decoded(message) : '',
    metadata: metadataIn(headers),
  };
}

const notMetadata = new Set([
  ...['grpc-status', 'grpc-message', 'content-type', 'grpc-encoding', 'grpc-accept-encoding', 'date'],
]);

/** Metadata as the service sent it, without what belongs to gRPC itself; most answers have none. */
export function metadataIn(headers: IncomingHttpHeaders): Metadata {
  for (const name in headers) {
    if (name.charCodeAt(0) === 58 || notMetadata.has(name)) continue;
    const metadata = Metadata.fromHttp2Headers(headers);
    for (const other of notMetadata) metadata.remove(other);
    return metadata;
  }
  return new Metadata();
}

export function own(code: status, details: string): StatusObject {
  return { code, details, metadata: new Metadata() };
}

/** For an answer that is not gRPC's, such as a proxy's; the table of gRPC's "HTTP to gRPC Status Code Mapping". */
export function statusOfHttp(httpStatus: number): StatusObject {
  const code =
    new Map([
      [400, status.INTERNAL],
      [401, status.UNAUTHENTICATED],
      [403, status.PERMISSION_DENIED],
      [404, status.UNIMPLEMENTED],
      [429, status.UNAVAILABLE],
      [502, status.UNAVAILABLE],
      [503, status.UNAVAILABLE],
      [504, status.UNAVAILABLE],
    ]).get(httpStatus) ?? status.UNKNOWN;
  return own(code, `Received HTTP status code ${httpStatus}`);
}

/** For a stream that was reset, by the table of gRPC over HTTP/2. A connection that broke is a service that is away. */
export function statusOfReset(code: number, connectionLost: boolean): StatusObject {
  if (connectionLost) return own(status.UNAVAILABLE, 'Connection dropped');
  switch (code) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return own(status.UNAVAILABLE, 'Stream refused by server');
    case constants.NGHTTP2_CANCEL:
      return own(status.CANCELLED, 'Call cancelled');
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return own(status.RESOURCE_EXHAUSTED, 'Bandwidth exhausted or memory limit exceeded');
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return own(status.PERMISSION_DENIED, 'Protocol not secure enough');
    case constants.NGHTTP2_NO_ERROR:
      return own(status.UNKNOWN, 'Call ended without gRPC status');
    default:
      return own(status.INTERNAL, `Received RST_STREAM with code ${code}`);
  }
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
