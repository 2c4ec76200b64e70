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
    const bytes = open.length === 1 ? chunk : Buffer.concat(open);
    const found = split(bytes, largest);
    yield* found.frames;
    needed = found.needed;
    open = found.rest.length > 0 ? [found.rest] : [];
    size = found.rest.length;
  }
  if (size > 0) throw cutFrame();
}

/** The frames of a body that is all there. */
export function framesIn(body: Buffer, largest: number): Frame[] {
  const { frames, rest } = split(body, largest);
  if (rest.length > 0) throw cutFrame();
  return frames;
}

/** The whole frames at the beginning, what follows them, and how many bytes the next one needs to be looked at again. */
function split(body: Buffer, largest: number): { frames: Frame[]; rest: Buffer; needed: number } {
  const frames: Frame[] = [];
  let rest = body;
  for (;;) {
    if (rest.length < 5) return { frames, rest, needed: 5 };
    const length = rest.readUInt32BE(1);
    if (length > largest) {
      throw new Fault('REQUEST_TOO_LARGE', { message: `a message is larger than ${largest} bytes` });
    }
    const end = 5 + length;
    if (rest.length < end) return { frames, rest, needed: end };
    frames.push({ flags: rest.readUInt8(0), payload: rest.subarray(5, end) });
    rest = rest.subarray(end);
  }
}

function cutFrame(): Fault {
  return new Fault('INVALID_REQUEST', { message: 'the body ends inside a frame' });
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

/** A body of base64 that is all there. */
export function wholeBase64(body: Buffer): Buffer {
  const text = body.toString('latin1').replace(/[\r\n]/g, '');
  if (text.length % 4 === 1) throw broken();
  return decodeQuads(text);
}

function decodeQuads(text: string): Buffer {
  if (!/^[A-Za-z0-9+/_=-]*$/.test(text)) throw broken();
  const parts = text.match(/[^=]+=*/g) ?? [];
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

function broken(): Fault {
  return new Fault('INVALID_REQUEST', { message: 'the body is not base64' });
}
