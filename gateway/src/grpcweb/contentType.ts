import type { IncomingMessage } from 'node:http';

export interface GrpcWebKind {
  /** Whether the request is base64 instead of bytes, as clients send it that can only read text while it streams. */
  text: boolean;
  /** Whether the answer is, which the caller may ask for by the Accept header. */
  textAnswer: boolean;
  /** The content type of the answer. */
  contentType: string;
  /** The codec of the messages, such as `proto`. */
  codec: string;
}

const form = /^\s*application\/grpc-web(-text)?(?:\+([\w.-]+))?\s*(;|$)/i;

/** Which of the protocol's two modes a request is in; undefined for a request that is no gRPC-Web. */
export function grpcWebKind({ headers }: IncomingMessage): GrpcWebKind | undefined {
  const sent = headers['content-type'];
  const match = sent === undefined ? undefined : form.exec(sent);
  if (!match) return undefined;
  const text = match[1] !== undefined;
  const textAnswer = wantsText(headers.accept) ?? text;
  const codec = match[2]?.toLowerCase() ?? 'proto';
  return { text, textAnswer, codec, contentType: `application/grpc-web${textAnswer ? '-text' : ''}+${codec}` };
}

function wantsText(accept: string | undefined): boolean | undefined {
  for (const range of accept?.split(',') ?? []) {
    const match = form.exec(range);
    if (match) return match[1] !== undefined;
  }
  return undefined;
}
