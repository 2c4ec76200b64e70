import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '#shared/errors/fault';
import { hasBody, isWhole } from './protocol.ts';

const unzip = promisify(gunzip);

export interface BodyLimits {
  bytes: number;
  /** Longest silence of the sender in a stream, and the longest time for a body that is no stream. */
  idleMs: number;
}

/** The whole body, unpacked if it is gzip; refused as soon as it is known to be larger than the limit. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  if (!hasBody(request)) return Buffer.alloc(0);
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge(limits.bytes);
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Fault('CONTENT_TYPE_UNSUPPORTED', { message: 'the content encoding must be gzip or none' });
  }
  const body = await readWhole(request, limits);
  return encoding === 'gzip' ? unpack(body, limits.bytes) : body;
}

/** The whole body as it was sent. By events and one timer, because nearly every request comes this way with a single small piece. */
export function readWhole(request: IncomingMessage, { bytes, idleMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => end(stalled()), idleMs);
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytes) end(tooLarge(bytes));
      else chunks.push(chunk);
    };
    const onEnd = () => end(isWhole(request) ? undefined : goneFault());
    const onGone = () => end(goneFault());
    const end = (fault: Fault | undefined) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (fault) {
        // Somebody else reads on, or cuts it off; without a listener its failure would end the process.
        request.pause().on('error', () => {});
        reject(fault);
      } else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/**
 * The body as it arrives, read only as fast as it is taken. Ends with a fault where the sender stops in
 * the middle or goes away, so that half a body is never taken for a whole one.
 */
export async function* pieces(request: IncomingMessage, idleMs: number): AsyncGenerator<Buffer> {
  const iterator = request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const idle = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(stalled()), idleMs);
    });
    let next: IteratorResult<Buffer>;
    try {
      next = await Promise.race([iterator.next(), idle]);
    } catch (error) {
      throw error instanceof Fault ? error : goneFault();
    } finally {
      clearTimeout(timer);
    }
    if (next.done) break;
    yield next.value;
  }
  if (!isWhole(request)) throw goneFault();
}

function goneFault(): Fault {
  return new Fault('CANCELLED', { message: 'the caller went away in the middle of the body' });
}

function stalled(): Fault {
  return new Fault('DEADLINE_EXCEEDED', { message: 'the body did not arrive in time' });
}

function tooLarge(bytes: number): Fault {
  return new Fault('REQUEST_TOO_LARGE', {
    message: `the body is larger than ${bytes} bytes`,
    metadata: { limit: String(bytes) },
  });
}

async function unpack(body: Buffer, bytes: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: bytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytes);
    throw new Fault('INVALID_REQUEST', { message: 'the body is not gzip, though its content encoding says so' });
  }
}
