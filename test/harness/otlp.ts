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
  /** Those that are texts. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Of a status that says ERROR, what it says besides. */
  readonly failure: string | undefined;
}

/** A number as it was last reported. */
export interface Measurement {
  readonly service: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A receiver of OTLP over HTTP that keeps every span and the last value of every gauge and sum; it shows the spans of a trace under
 * `/spans/<trace id>` and the values of a metric under `/metrics/<name>`. Of texts posted to `/found` it answers those that occur in anything it
 * was ever sent. Field numbers are those of opentelemetry/proto.
 */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly #measurements = new Map<string, Measurement>();
  readonly #bodies: Buffer[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      if (request.url === '/found') {
        response.end(JSON.stringify(this.found(JSON.parse(String(body)) as string[])));
        return;
      }
      const asked = /^\/spans\/(\w+)$/.exec(request.url ?? '')?.[1];
      if (asked !== undefined) {
        response.end(JSON.stringify(this.spans.filter(({ traceId }) => traceId === asked)));
        return;
      }
      const metric = /^\/metrics\/([\w.]+)$/.exec(request.url ?? '')?.[1];
      if (metric !== undefined) {
        response.end(JSON.stringify([...this.#measurements.values()].filter(({ name }) => name === metric)));
        return;
      }
      const sent = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      if (request.method === 'POST') this.#bodies.push(sent);
      if (request.url === '/v1/metrics') {
        for (const measurement of measurementsOf(sent)) {
          const { service, name, attributes } = measurement;
          this.#measurements.set(JSON.stringify([service, name, attributes]), measurement);
        }
      }
      if (request.url === '/v1/traces') this.spans.push(...spansOf(sent));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }

  /** Those of the texts that occur in any name, attribute, event or status that was sent; protobuf keeps texts as they are. */
  found(texts: readonly string[]): string[] {
    return texts.filter((wanted) => this.#bodies.some((body) => body.includes(wanted)));
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

/** The fields of a message: bytes where they are length-delimited or of 64 bits, numbers where they are varints. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else if (type === WireType.Varint) fields.set(number, [Number(reader.uint64())]);
    else if (type === WireType.Bit64) fields.set(number, [eightBytes(BigInt(reader.fixed64()))]);
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

/** Attributes that are texts. */
function attributesOf(fields: readonly Fields[]): Record<string, string> {
  return Object.fromEntries(fields.map((attribute) => [text(attribute, 1), text(messages(attribute, 2)[0], 1)]));
}

function serviceOf(resourceData: Fields): string {
  const attributes = messages(resourceData, 1).flatMap((resource) => messages(resource, 1));
  return attributesOf(attributes)['service.name'] ?? '';
}

export function measurementsOf(body: Uint8Array): Measurement[] {
  return messages(fieldsOf(body), 1).flatMap((resourceMetrics) => {
    const service = serviceOf(resourceMetrics);
    const metrics = messages(resourceMetrics, 2).flatMap((scope) => messages(scope, 2));
    return metrics.flatMap((metric) =>
      // A gauge or a sum; both have their points in field 1.
      [5, 7].flatMap((kind) =>
        messages(metric, kind).flatMap((data) =>
          messages(data, 1).map((point) => ({
            service,
            name: text(metric, 1),
            attributes: attributesOf(messages(point, 7)),
            value: numberOf(point),
          })),
        ),
      ),
    );
  });
}

function eightBytes(bits: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes;
}

/** as_double, or else as_int. */
function numberOf(point: Fields): number {
  const [double, int] = [point.get(4)?.[0], point.get(6)?.[0]];
  if (double instanceof Uint8Array) return Buffer.from(double).readDoubleLE();
  return int instanceof Uint8Array ? Number(Buffer.from(int).readBigInt64LE()) : Number.NaN;
}

const errorCode = 2;

function failureOf(status: Fields | undefined): string | undefined {
  return status?.get(3)?.[0] === errorCode ? text(status, 2) : undefined;
}

export function spansOf(body: Uint8Array): Span[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const service = serviceOf(resourceSpans);
    return messages(resourceSpans, 2).flatMap((scope) =>
      messages(scope, 2).map((span) => ({
        service,
        traceId: text(span, 1, 'hex'),
        spanId: text(span, 2, 'hex'),
        parentSpanId: text(span, 4, 'hex'),
        name: text(span, 5),
        kind: Number(span.get(6)?.[0] ?? 0),
        links: messages(span, 13).map((link) => ({ traceId: text(link, 1, 'hex'), spanId: text(link, 2, 'hex') })),
        attributes: attributesOf(messages(span, 9)),
        failure: failureOf(messages(span, 15)[0]),
      })),
    );
  });
}
