import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { type Answer, decodeStatus, reasonOf } from './answer.ts';
import type { Method } from './contract.ts';

interface Frames {
  readonly message: Buffer | undefined;
  readonly trailers: string | undefined;
}

/** Asks the gateway as a browser does, which hands on bytes and headers and looks into neither. Of a stream, what comes first. */
export async function askByGrpcWeb(
  gatewayUrl: string,
  { desc }: Method,
  request: JsonObject,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const bytes = toBinary(desc.input, fromJson(desc.input, request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  const leave = new AbortController();
  const response = await fetch(`${gatewayUrl}/${desc.parent.typeName}/${desc.name}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    body: Buffer.concat([head, bytes]),
    signal: leave.signal,
  });
  const { message, trailers } = await firstFrames(response);
  leave.abort();
  if (message !== undefined) {
    return { outcome: 'OK', code: 0, seen: JSON.stringify(toJson(desc.output, fromBinary(desc.output, message))) };
  }
  const said = new Headers(trailers === undefined ? [...response.headers] : linesOf(trailers));
  const code = Number(said.get('grpc-status'));
  const details = decodeStatus(Buffer.from(said.get('grpc-status-details-bin') ?? '', 'base64'));
  const outcome = code === 0 ? 'OK' : reasonOf(details);
  return { outcome, code, seen: JSON.stringify({ message: said.get('grpc-message'), details }) };
}

function linesOf(trailers: string): [string, string][] {
  return trailers
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
}

/** Reads until there is a message, or the trailers that say why there is none. */
async function firstFrames(response: Response): Promise<Frames> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of response.body ?? []) {
    bytes = Buffer.concat([bytes, chunk]);
    const { message, trailers } = framesIn(bytes);
    if (message !== undefined || trailers !== undefined) return { message, trailers };
  }
  return framesIn(bytes);
}

function framesIn(bytes: Buffer): Frames {
  if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt32BE(1)) return { message: undefined, trailers: undefined };
  const content = bytes.subarray(5, 5 + bytes.readUInt32BE(1));
  const isTrailers = ((bytes[0] ?? 0) & 0x80) !== 0;
  return isTrailers ? { message: undefined, trailers: content.toString() } : { message: content, trailers: undefined };
}
