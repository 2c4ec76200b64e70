import type { IncomingMessage } from 'node:http';

export interface GrpcWebKind {
  /** Base64 instead of bytes, for browsers that can only read text while it streams. */
  text: boolean;
  /** The content type of the answer. */
  contentType: string;
}

/** Which of the protocol's two modes a request is in; undefined for a request that is no gRPC-Web. */
export function grpcWebKind(request: IncomingMessage): GrpcWebKind | undefined {
  const sent = request.headers['content-type'];
  if (sent === undefined || !sent.toLowerCase().startsWith('application/grpc-web')) return undefined;
  const match = /^application\/grpc-web(-text)?(\+[\w.-]+)?\s*(;|$)/i.exec(sent);
  if (!match) return undefined;
  const text = match[1] !== undefined;
  return { text, contentType: `application/grpc-web${text ? '-text' : ''}${match[2] ?? '+proto'}` };
}
