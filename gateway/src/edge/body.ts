import type { ServerResponse } from 'node:http';
import { Transform, Writable } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { acceptedCoding, type Coding, isCompressible } from './coding.ts';
import { etagOfCoding } from './entityTag.ts';
import type { Exchange } from './exchange.ts';

/** Good and quick: a level more costs several times the time for a few hundredths of the size. */
const level = { gzip: 5, br: 4 };

/** Sends an answer's whole body, packed where the caller can unpack it and it is worth it. `sayVaries` is its caller's to call. */
export function sendBody(exchange: Exchange, status: number, contentType: string, body: Uint8Array): void {
  const { response } = exchange;
  response.setHeader('content-type', contentType);
  const coding = codingFor(exchange, contentType, body.length);
  if (!coding) {
    sendWhole(exchange, status, body);
    return;
  }
  pack(coding, body, (error, packed) => {
    if (exchange.gone || response.writableEnded) return;
    if (error) return sendWhole(exchange, status, body);
    setCoding(exchange, coding);
    sendWhole(exchange, status, packed);
  });
}

function sendWhole({ request, response }: Exchange, status: number, body: Uint8Array): void {
  response.writeHead(status, { 'content-length': body.length });
  // Under HTTP/2, Node takes a body for HEAD to be a mistake.
  if (request.method === 'HEAD') response.end();
  else endWith(response, body);
}

/** Bodies up to this many bytes go out together with the headers. */
const inOnePiece = 16 * 1024;

/** Node sends a text in one piece with the headers, and bytes in a piece of their own. */
export function endWith(response: ServerResponse, body: Uint8Array): void {
  if (body.length > inOnePiece) response.end(body);
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}

function pack(coding: Coding, body: Uint8Array, done: (error: Error | null, packed: Buffer) => void): void {
  if (coding === 'gzip') gzip(body, { level: level.gzip }, done);
  else {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: level.br,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    };
    brotliCompress(body, { params }, done);
  }
}

/**
 * Begins an answer whose body comes in pieces; each piece written goes out at once, also where it is packed. The windows are
 * small, because such answers may be many and stay for hours.
 */
export function openBody(exchange: Exchange, contentType: string): Writable {
  const { request, response } = exchange;
  response.setHeader('content-type', contentType);
  const coding = codingFor(exchange, contentType, Number.POSITIVE_INFINITY);
  sayVaries(exchange, contentType, Number.POSITIVE_INFINITY);
  if (coding) setCoding(exchange, coding);
  response.writeHead(200);
  if (request.method === 'HEAD') {
    response.end();
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  }
  if (!coding) return response;
  const packer = coding === 'gzip' ? gzipStream() : brotliStream();
  packer.pipe(response);
  response.once('close', () => packer.destroy());
  return packer;
}

/** Calls back once what was written has left the packer, where there is one. */
export function flushBody(body: Writable | undefined, done: () => void): void {
  if (body instanceof Transform) (body as ReturnType<typeof gzipStream>).flush(done);
  else done();
}

function gzipStream() {
  return createGzip({ flush: constants.Z_SYNC_FLUSH, level: level.gzip, windowBits: 13, memLevel: 6 });
}

function brotliStream() {
  const params = { [constants.BROTLI_PARAM_QUALITY]: level.br, [constants.BROTLI_PARAM_LGWIN]: 16 };
  return createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH, params });
}

/** Says in `Vary` that other callers may get this answer packed in another way, if they may. */
export function sayVaries(exchange: Exchange, contentType: string, size: number): void {
  if (mayPack(exchange, contentType, size)) exchange.response.appendHeader('vary', 'Accept-Encoding');
}

function mayPack({ policy: { compression } }: Exchange, contentType: string, size: number): boolean {
  return compression !== undefined && size >= compression.minBytes && isCompressible(contentType);
}

function codingFor(exchange: Exchange, contentType: string, size: number): Coding | undefined {
  const { request, response, policy } = exchange;
  if (!policy.compression || !mayPack(exchange, contentType, size)) return undefined;
  if (String(response.getHeader('cache-control')).includes('no-transform')) return undefined;
  return acceptedCoding(request.headers['accept-encoding'], policy.compression.codings);
}

function setCoding({ response }: Exchange, coding: Coding): void {
  response.setHeader('content-encoding', coding);
  const etag = response.getHeader('etag');
  if (etag !== undefined) response.setHeader('etag', etagOfCoding(String(etag), coding));
}
