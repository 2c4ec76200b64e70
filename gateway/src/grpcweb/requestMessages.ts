import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '#shared/errors/fault';
import { type BodyLimits, pieces, readWhole } from '../edge/readBody.ts';
import type { Codec } from './codec.ts';
import type { GrpcWebKind } from './contentType.ts';
import { compressedFlag, decodeBase64, decodeFrames, type Frame, framesIn, wholeBase64 } from './frames.ts';

const unzip = promisify(gunzip);

/** The messages of a client stream, as they come. */
export async function* requestMessages(
  request: IncomingMessage,
  kind: GrpcWebKind,
  codec: Codec,
  limits: BodyLimits,
): AsyncGenerator<Buffer> {
  const encoding = encodingOf(request);
  const arriving = pieces(request, limits.idleMs);
  for await (const frame of decodeFrames(kind.text ? decodeBase64(arriving) : arriving, limits.bytes)) {
    yield codec.request(await payloadOf(frame, encoding, limits.bytes));
  }
}

/** The message of a method that takes one. It is sent only after it is sure that there is no other. */
export async function onlyMessage(
  request: IncomingMessage,
  kind: GrpcWebKind,
  codec: Codec,
  limits: BodyLimits,
): Promise<Buffer> {
  const encoding = encodingOf(request);
  const sent = await readWhole(request, { ...limits, bytes: wireBytes(limits.bytes, kind) });
  const frames = framesIn(kind.text ? wholeBase64(sent) : sent, limits.bytes);
  for (const { flags } of frames) checkFlags(flags);
  const [frame] = frames;
  if (!frame || frames.length > 1) {
    throw new Fault('MESSAGE_COUNT_WRONG', { message: 'this method takes exactly one message' });
  }
  return codec.request(await payloadOf(frame, encoding, limits.bytes));
}

/** How long a body may be that holds a message of the largest size: with the frame around it, and as base64 with line breaks. */
function wireBytes(messageBytes: number, { text }: GrpcWebKind): number {
  return text ? 2 * messageBytes + 1_024 : messageBytes + 5;
}

function encodingOf({ headers }: IncomingMessage): string {
  const encoding = headers['grpc-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Fault('COMPRESSION_UNSUPPORTED', { message: 'messages must be compressed with gzip or not at all' });
}

function checkFlags(flags: number): void {
  if (flags === 0 || flags === compressedFlag) return;
  throw new Fault('INVALID_REQUEST', { message: `a frame has flags ${flags}, which requests do not have` });
}

function payloadOf({ flags, payload }: Frame, encoding: string, bytes: number): Buffer | Promise<Buffer> {
  checkFlags(flags);
  if (flags === 0) return payload;
  if (encoding === 'gzip') return unpack(payload, bytes);
  throw new Fault('FRAME_INVALID', { message: 'a message is compressed, and grpc-encoding does not say how' });
}

async function unpack(payload: Buffer, bytes: number): Promise<Buffer> {
  try {
    return await unzip(payload, { maxOutputLength: bytes });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new Fault('REQUEST_TOO_LARGE', { message: `a message unpacks to more than ${bytes} bytes` });
    }
    throw new Fault('INVALID_REQUEST', { message: 'a compressed message is not gzip' });
  }
}
