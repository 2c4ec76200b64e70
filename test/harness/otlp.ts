import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface Span {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** Spans that this one follows from without being its child. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A receiver of OTLP over HTTP that keeps every span and shows those of a trace under `/spans/<trace id>`. Field numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const zipped = request.headers['content-encoding'] === 'gzip';
      const asked = /^\/spans\/(\w+)$/.exec(request.url ?? '')?.[1];
      if (asked !== undefined) {
        response.end(JSON.stringify(this.spans.filter(({ traceId }) => traceId === asked)));
        return;
      }
      if (request.url === '/v1/traces') this.spans.push(...spansOf(zipped ? gunzipSync(body) : body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

type Fields = Map<number, (Uint8Array | number)[]>;

/** The fields of a message: bytes where they are length-delimited, numbers where they are varints. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else if (type === WireType.Varint) fields.set(number, [Number(reader.uint64())]);
    else reader.skip(type, number);
  }
  return fields;
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array).map(fieldsOf);
}

function text(fields: Fields | undefined, number: number, encoding: 'utf8' | 'hex' = 'utf8'): string {
  const value = fields?.get(number)?.[0];
  return value instanceof Uint8Array ? Buffer.from(value).toString(encoding) : '';
}

export function spansOf(body: Uint8Array): Span[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const attributes = messages(resourceSpans, 1).flatMap((resource) => messages(resource, 1));
    const named = attributes.find((attribute) => text(attribute, 1) === 'service.name');
    const service = named === undefined ? '' : text(messages(named, 2)[0], 1);
    return messages(resourceSpans, 2).flatMap((scope) =>
      messages(scope, 2).map((span) => ({
        service,
        traceId: text(span, 1, 'hex'),
        spanId: text(span, 2, 'hex'),
        parentSpanId: text(span, 4, 'hex'),
        name: text(span, 5),
        kind: Number(span.get(6)?.[0] ?? 0),
        links: messages(span, 13).map((link) => ({ traceId: text(link, 1, 'hex'), spanId: text(link, 2, 'hex') })),
      })),
    );
  });
}
