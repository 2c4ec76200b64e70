import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { acceptedCoding, type Coding, isCompressible } from '../../edge/coding.ts';
import { etagOfCoding, heldTag } from '../../edge/entityTag.ts';
import type { Exchange } from '../../edge/exchange.ts';

const packers: Record<Coding, (body: Buffer) => Promise<Buffer>> = {
  gzip: promisify(gzip),
  // Packed once and sent often, so it may take a while; the highest levels take seconds for the last few hundredths.
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 8 } }),
};

/** Something that is the same for everybody: kept in memory, packed once for each coding, asked for again by its hash. */
export class CachedFile {
  readonly #contentType: string;
  readonly #body: Buffer;
  readonly #etag: string;
  readonly #packed = new Map<Coding, Promise<Buffer>>();

  constructor(contentType: string, body: Buffer) {
    this.#contentType = contentType;
    this.#body = body;
    this.#etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  }

  async answer({ request, response, policy }: Exchange): Promise<void> {
    const compression = isCompressible(this.#contentType) ? policy.compression : undefined;
    response.setHeader('cache-control', 'public, no-cache');
    if (compression) response.appendHeader('vary', 'Accept-Encoding');
    const known = request.headers['if-none-match'];
    const held = known === undefined ? undefined : heldTag(known, this.#etag);
    if (held !== undefined) {
      response.setHeader('etag', held);
      response.writeHead(304).end();
      return;
    }
    const coding = compression && acceptedCoding(request.headers['accept-encoding'], compression.codings);
    const body = coding ? await this.#pack(coding) : this.#body;
    if (coding) response.setHeader('content-encoding', coding);
    response.writeHead(200, {
      'content-type': this.#contentType,
      'content-length': body.length,
      etag: coding ? etagOfCoding(this.#etag, coding) : this.#etag,
    });
    if (request.method === 'HEAD') response.end();
    else response.end(body);
  }

  #pack(coding: Coding): Promise<Buffer> {
    let packed = this.#packed.get(coding);
    if (!packed) {
      packed = packers[coding](this.#body);
      this.#packed.set(coding, packed);
    }
    return packed;
  }
}
