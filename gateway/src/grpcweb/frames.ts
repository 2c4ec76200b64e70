import { Fault } from '#shared/errors/fault';

/** A frame of the protocol: one byte of flags, four of length, then the payload. */
export interface Frame {
  flags: number;
  payload: Buffer;
}

export const compressedFlag = 0x01;
export const trailersFlag = 0x80;

export function encodeFrame(flags: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + payload.length);
  frame.writeUInt8(flags, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, 5);
  return frame;
}

/** Finds the frames in a byte stream, however it was cut on the way. */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>, largest: number): AsyncGenerator<Frame> {
  let open: Buffer[] = [];
  let size = 0;
  let needed = 5;
  for await (const chunk of chunks) {
    open.push(chunk);
    size += chunk.length;
    if (size < needed) continue;
    let bytes = open.length === 1 ? chunk : Buffer.concat(open);
    for (;;) {
      needed = 5;
      if (bytes.length < 5) break;
      const length = bytes.readUInt32BE(1);
      if (length > largest) {
        throw new Fault('REQUEST_TOO_LARGE', { message: `a message is larger than ${largest} bytes` });
      }
      needed = 5 + length;
      if (bytes.length < needed) break;
      yield { flags: bytes.readUInt8(0), payload: bytes.subarray(5, needed) };
      bytes = bytes.subarray(needed);
    }
    open = bytes.length > 0 ? [bytes] : [];
    size = bytes.length;
  }
  if (size > 0) throw new Fault('INVALID_REQUEST', { message: 'the body ends inside a frame' });
}

/** Turns base64 that arrives in pieces into bytes. Padding may stand at the end of every part that was encoded by itself. */
export async function* decodeBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open = '';
  for await (const chunk of chunks) {
    open += chunk.toString('latin1').replace(/[\r\n]/g, '');
    const whole = open.length - (open.length % 4);
    if (whole > 0) yield decodeQuads(open.slice(0, whole));
    open = open.slice(whole);
  }
  if (open.length === 1) throw broken();
  if (open !== '') yield decodeQuads(open);
}

function decodeQuads(text: string): Buffer {
  if (!/^[A-Za-z0-9+/_=-]*$/.test(text)) throw broken();
  const parts = text.match(/[^=]+=*/g) ?? [];
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

function broken(): Fault {
  return new Fault('INVALID_REQUEST', { message: 'the body is not base64' });
}
