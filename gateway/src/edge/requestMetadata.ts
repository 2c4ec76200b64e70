import type { IncomingMessage } from 'node:http';
import { Metadata } from '@grpc/grpc-js';
import { propagation } from '@opentelemetry/api';
import { invalidField } from '#shared/errors/fault';
import { metadataSetter } from '#shared/telemetry/tracing';
import { conditionFor } from './entityTag.ts';
import type { Exchange } from './exchange.ts';
import { neverPassed } from './policy.ts';
import { authority } from './protocol.ts';

const prefix = 'grpc-metadata-';

/** What a REST request hands on: the headers of the policy and everything sent as `Grpc-Metadata-<name>`. */
export function restMetadata(exchange: Exchange): Metadata {
  return collect(exchange, false);
}

/** What a gRPC-Web request hands on: every header that is the caller's own. */
export function grpcWebMetadata(exchange: Exchange): Metadata {
  return collect(exchange, true);
}

function collect(exchange: Exchange, everything: boolean): Metadata {
  const { request, policy } = exchange;
  const metadata = new Metadata();
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (policy.passed.has(name)) addOnce(metadata, request, name, value);
    else {
      const plain = everything
        ? ownName(name)
        : name.startsWith(prefix)
          ? ownName(name.slice(prefix.length))
          : undefined;
      if (plain !== undefined) add(metadata, plain, value);
    }
  }
  metadata.set('x-request-id', exchange.id);
  for (const [name, value] of forwarded(request)) metadata.set(name, value);
  propagation.inject(exchange.telemetry, metadata, metadataSetter);
  return metadata;
}

const ownNames = new Map<string, string | undefined>();
const mostNames = 1_000;

/** The name, if it is the caller's own and no other's; looked at once for the names that come again and again. */
function ownName(name: string): string | undefined {
  if (ownNames.has(name)) return ownNames.get(name);
  // The one token that counts is the one of the header itself, which may have been checked already.
  const own = name === '' || name === 'authorization' || neverPassed.test(name) ? undefined : name;
  if (ownNames.size < mostNames) ownNames.set(name, own);
  return own;
}

/** A header that is one thing: where it is sent twice, the first counts, as for everything else that reads it. */
function addOnce(metadata: Metadata, request: IncomingMessage, name: string, value: string): void {
  if (metadata.get(name).length > 0) return;
  add(metadata, name, name === 'if-match' ? conditionFor(String(request.headers['if-match'])) : value);
}

function add(metadata: Metadata, name: string, value: string): void {
  try {
    if (name.endsWith('-bin')) {
      for (const part of value.split(',')) metadata.add(name, Buffer.from(part.trim(), 'base64'));
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
    ['x-forwarded-host', String(request.headers['x-forwarded-host'] ?? authority(request))],
  ];
  return entries.filter(([, value]) => /^[\x20-\x7e]+$/.test(value));
}
