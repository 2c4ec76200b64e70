import type { IncomingMessage } from 'node:http';
import { Metadata } from '@grpc/grpc-js';
import { propagation } from '@opentelemetry/api';
import { invalidField } from '#shared/errors/fault';
import { metadataSetter } from '#shared/telemetry/tracing';
import type { Exchange } from './exchange.ts';

/** REST headers that services see under their own name. */
const passed = new Set(['authorization', 'idempotency-key', 'if-match', 'accept-language', 'payment-signature']);
const prefix = 'grpc-metadata-';

/**
 * Never taken from outside: what belongs to this connection, what gRPC itself sets, and what only
 * services may say to one another.
 */
const dropped =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|expect|content-.*|accept|accept-(encoding|charset)|user-agent|origin|referer|cookie|cache-control|pragma|dnt|priority|sec-.*|access-control-.*|http2-settings|grpc-.*|:.*|x-grpc-web|x-server-timeout|x-caller-authorization|x-request-id|x-forwarded-.*|forwarded|traceparent|tracestate|baggage)$/;

/** What a REST request hands on: the headers of the contract and everything sent as `Grpc-Metadata-<name>`. */
export function restMetadata(exchange: Exchange): Metadata {
  return collect(exchange, (name) => {
    if (passed.has(name)) return name;
    if (!name.startsWith(prefix)) return undefined;
    const plain = name.slice(prefix.length);
    return dropped.test(plain) ? undefined : plain;
  });
}

/** What a gRPC-Web request hands on: every header that is the caller's own. */
export function grpcWebMetadata(exchange: Exchange): Metadata {
  return collect(exchange, (name) => (dropped.test(name) ? undefined : name));
}

function collect(exchange: Exchange, nameOf: (header: string) => string | undefined): Metadata {
  const { request } = exchange;
  const metadata = new Metadata();
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = nameOf((rawHeaders[index] ?? '').toLowerCase());
    if (name !== undefined && name !== '') add(metadata, name, rawHeaders[index + 1] ?? '');
  }
  metadata.set('x-request-id', exchange.id);
  for (const [name, value] of forwarded(request)) metadata.set(name, value);
  propagation.inject(exchange.telemetry, metadata, metadataSetter);
  return metadata;
}

function add(metadata: Metadata, name: string, value: string): void {
  try {
    if (name.endsWith('-bin')) {
      for (const part of value.split(',')) metadata.add(name, Buffer.from(part.trim(), 'base64'));
    } else if (passed.has(name)) {
      metadata.set(name, value);
    } else {
      metadata.add(name, value);
    }
  } catch {
    throw invalidField(name, 'is a header with characters that gRPC metadata cannot hold');
  }
}

function forwarded(request: IncomingMessage): [string, string][] {
  const peer = request.socket.remoteAddress ?? 'unknown';
  const before = request.headers['x-forwarded-for'];
  const entries: [string, string][] = [
    ['x-forwarded-for', before === undefined ? peer : `${before}, ${peer}`],
    ['x-forwarded-proto', String(request.headers['x-forwarded-proto'] ?? 'http')],
    ['x-forwarded-host', String(request.headers['x-forwarded-host'] ?? request.headers.host ?? '')],
  ];
  return entries.filter(([, value]) => /^[\x20-\x7e]+$/.test(value));
}
