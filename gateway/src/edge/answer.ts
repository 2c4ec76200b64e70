import type { Registry } from '@bufbuild/protobuf';
import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { Metadata as MetadataClass } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { toStatus } from '#shared/rpc/status';
import { presentable } from '../errors/localStatus.ts';
import { errorAnswer } from '../errors/statusBody.ts';
import { sendBody } from './body.ts';
import { exposeHeaders } from './cors.ts';
import type { Exchange } from './exchange.ts';
import { neverExposed } from './policy.ts';
import { cutAnswer } from './protocol.ts';

/** A failure of any origin as a gRPC status. What nobody foresaw shows nothing of itself. */
export function statusOf(error: unknown): StatusObject {
  const fault = error instanceof Fault ? error : new Fault('INTERNAL', { message: 'unforeseen failure', cause: error });
  const { code, details, metadata } = toStatus(fault);
  return { code, details, metadata: metadata ?? new MetadataClass() };
}

/** The last word to a stream that ends because the gateway stops. */
export function shuttingDown(): Fault {
  return new Fault('SHUTTING_DOWN', { message: 'the gateway is about to stop; ask again' });
}

/** Answers a failed call as REST does, if nothing has been answered yet; cuts the connection otherwise. */
export function answerFailure(exchange: Exchange, failed: StatusObject, registry: Registry): void {
  const { response, request } = exchange;
  const answer = errorAnswer(presentable(failed), registry);
  exchange.reason = answer.reason ?? `CODE_${failed.code}`;
  if (exchange.gone || exchange.told || response.writableEnded) return;
  if (response.headersSent) {
    cutAnswer(request, response);
    return;
  }
  if (answer.httpStatus === 401) {
    const invalid = request.headers.authorization === undefined ? '' : ' error="invalid_token"';
    response.setHeader('www-authenticate', `Bearer${invalid}`);
  }
  if (answer.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(answer.retryAfterSeconds));
  answerJson(exchange, answer.httpStatus, JSON.stringify(answer.body));
}

export function answerJson(exchange: Exchange, status: number, json: string): void {
  sendBody(exchange, status, 'application/json', Buffer.from(json));
}

/** Hands the service's response metadata out: well-known headers as themselves, the others as `Grpc-Metadata-<name>`. */
export function answerMetadata(exchange: Exchange, metadata: Metadata): void {
  const names: string[] = [];
  for (const name of Object.keys(metadata.getMap())) {
    if (neverExposed.test(name)) continue;
    const header = exchange.policy.exposed.has(name) ? name : `grpc-metadata-${name}`;
    exchange.response.setHeader(header, metadataTexts(metadata, name));
    names.push(header);
  }
  if (names.length > 0) exposeHeaders(exchange.response, names);
}

/** A metadata entry's values as header texts; binary ones in base64. */
export function metadataTexts(metadata: Metadata, name: string): string[] {
  return metadata.get(name).map((value) => (value instanceof Buffer ? value.toString('base64') : String(value)));
}
