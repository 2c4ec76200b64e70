import { ServerResponse } from 'node:http';
import { Http2ServerResponse } from 'node:http2';

type Told = (() => void) | undefined;

/** Answers that know how many bytes of body they have been given, packed or not as they go out: for the access log. */
export class CountedResponse extends ServerResponse {
  bodyBytes = 0;

  override write(chunk: unknown, encoding?: unknown, told?: unknown): boolean {
    this.bodyBytes += sizeOf(chunk, encoding);
    return super.write(chunk, encoding as BufferEncoding, told as Told);
  }

  // Does not go through `write`.
  override end(chunk?: unknown, encoding?: unknown, told?: unknown): this {
    this.bodyBytes += sizeOf(chunk, encoding);
    return super.end(chunk, encoding as BufferEncoding, told as Told);
  }
}

/** Under HTTP/2 the end of an answer is written like the rest of it. */
export class CountedHttp2Response extends Http2ServerResponse {
  bodyBytes = 0;

  override write(chunk: unknown, encoding?: unknown, told?: unknown): boolean {
    this.bodyBytes += sizeOf(chunk, encoding);
    return super.write(chunk as string, encoding as BufferEncoding, told as Told);
  }
}

export function bodyBytesOf(response: ServerResponse): number {
  return (response as unknown as Partial<CountedResponse>).bodyBytes ?? 0;
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.length : 0;
}
