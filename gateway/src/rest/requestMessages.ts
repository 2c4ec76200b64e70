import { toBinary } from '@bufbuild/protobuf';
import { Fault } from '#shared/errors/fault';
import { pieces, readBody } from '../edge/readBody.ts';
import { beforePiece } from '../transcode/bytesPiece.ts';
import { type MessageOptions, requestFromBytes, requestFromJson, takesBytes } from '../transcode/requestMessage.ts';
import type { Encoded } from '../upstream/outgoing.ts';
import { jsonLines } from './jsonLines.ts';
import type { RestCall } from './restCall.ts';

/** The request as encoded messages: one, or for a client stream as many as the body gives. */
export type RequestMessages =
  | { kind: 'one'; message: () => Promise<Buffer> }
  | { kind: 'many'; messages: () => AsyncGenerator<Encoded> };

/** Pieces of an upload are no larger than this. */
const pieceBytes = 64 * 1024;

export function requestMessages(call: RestCall): RequestMessages {
  const { binding } = call.address;
  const { methodKind } = binding.method;
  const raw = takesBytes(binding);
  if (methodKind === 'unary' || methodKind === 'server_streaming') {
    return { kind: 'one', message: () => (raw ? rawMessage(call) : jsonMessage(call)) };
  }
  return { kind: 'many', messages: () => (raw ? rawPieces(call) : jsonMessages(call)) };
}

async function jsonMessage(call: RestCall): Promise<Buffer> {
  const { exchange, settings, address } = call;
  const body = address.binding.body.kind === 'none' ? empty : await readBody(exchange.request, settings.body);
  if (body.length > 0) requireContentType(call, /^application\/([\w.+-]+\+)?json$/, 'application/json');
  return encode(call, requestFromJson(address, body, settings));
}

async function rawMessage(call: RestCall): Promise<Buffer> {
  const { exchange, settings, address } = call;
  const body = await readBody(exchange.request, settings.body);
  return encode(call, requestFromBytes(address, contentTypeOf(call), body, settings));
}

/**
 * Cuts the HTTP body into messages while it arrives. The first one also has what path and query say; there is
 * always a first one, also for an empty body. Content-Encoding is the file's own matter: the bytes stay as they are.
 */
async function* rawPieces(call: RestCall): AsyncGenerator<Encoded> {
  const { exchange, settings, address } = call;
  const first = (data: Buffer) => encode(call, requestFromBytes(address, contentTypeOf(call), data, settings));
  let sent = false;
  for await (const chunk of pieces(exchange.request, settings.body.idleMs)) {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const data = chunk.subarray(at, at + pieceBytes);
      yield sent ? { head: beforePiece(address.binding, data.length), rest: data } : first(data);
      sent = true;
    }
  }
  if (!sent) yield first(empty);
}

/** A client stream of JSON: one message a line. Path and query belong to every one of them. */
async function* jsonMessages(call: RestCall): AsyncGenerator<Buffer> {
  const { exchange, settings, address } = call;
  requireContentType(call, /^application\/([\w.+-]+\+)?(json|x-ndjson|jsonl|ndjson)$/, 'application/x-ndjson');
  const options: MessageOptions = settings;
  for await (const line of jsonLines(pieces(exchange.request, settings.body.idleMs), settings.body.bytes)) {
    yield encode(call, requestFromJson(address, line, options));
  }
}

function requireContentType({ exchange }: RestCall, allowed: RegExp, name: string): void {
  const sent = exchange.request.headers['content-type'];
  if (sent === undefined) return;
  const type = sent.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!allowed.test(type)) {
    throw new Fault('CONTENT_TYPE_UNSUPPORTED', { message: `the content type must be ${name}` });
  }
}

function contentTypeOf({ exchange }: RestCall): string {
  return exchange.request.headers['content-type'] ?? '';
}

const empty = Buffer.alloc(0);

function encode(call: RestCall, message: ReturnType<typeof requestFromJson>): Buffer {
  const bytes = toBinary(call.address.binding.method.input, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
