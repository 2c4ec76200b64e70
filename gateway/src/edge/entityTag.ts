import { Fault } from '#shared/errors/fault';
import { type Coding, codings } from './coding.ts';

/*
 * The ETag that goes out for a resource is its own etag, a mark of what was shown of it and, of a packed answer, how it was packed:
 * "7", "7~k3fj2mQa", "7~k3fj2mQa~br". The own one is what a change is decided on; the mark is there because the same version may be
 * shown differently: to other roles, or with a number beside it that changes without a new version.
 */

/** How long the mark is: 48 bits, which only one and the same caller's answers are told apart by. */
export const markLength = 8;

interface EntityTag {
  weak: boolean;
  opaque: string;
  quoted: boolean;
}

/** The list of an If-Match or If-None-Match header. Tags without quotes, which HTTP does not know, are taken for what they mean. */
function entityTags(header: string): EntityTag[] {
  return [...header.matchAll(/(W\/)?"([^"]*)"|([^\s,"]+)/g)].map(([, weak, quoted, bare]) => ({
    weak: weak !== undefined,
    opaque: quoted ?? bare ?? '',
    quoted: quoted !== undefined,
  }));
}

const codingMark = new RegExp(`~(${codings.join('|')})$`);
const shownMark = new RegExp(`~[\\w-]{${markLength}}$`);

/** A strong tag names these very bytes, so a packed answer has one of its own. */
export function etagOfCoding(etag: string, coding: Coding): string {
  return etag.startsWith('W/') ? etag : `${etag.slice(0, -1)}~${coding}"`;
}

/** The tag among those a caller holds that means what would be shown now; compared weakly, as RFC 9110, 13.1.2 says. */
export function heldTag(ifNoneMatch: string, etag: string): string | undefined {
  if (ifNoneMatch.trim() === '*') return etag;
  const [now] = entityTags(etag);
  const held = entityTags(ifNoneMatch).find(({ opaque }) => opaque.replace(codingMark, '') === now?.opaque);
  return held && `${now?.weak ? 'W/' : ''}"${held.opaque}"`;
}

/**
 * If-Match as the service gets it: without the marks. Only a strong tag names a version that a change may be decided on (RFC 9110,
 * 13.1.1), so a list of weak ones is refused here.
 */
export function conditionFor(ifMatch: string): string {
  const header = ifMatch.trim();
  if (header === '*' || header === '') return header;
  const strong = entityTags(header).filter(({ weak }) => !weak);
  if (strong.length === 0) {
    throw new Fault('ETAG_MISMATCH', { message: 'If-Match holds no strong entity tag, and weak ones never match' });
  }
  const own = strong.map(({ opaque, quoted }) => {
    const plain = opaque.replace(codingMark, '').replace(shownMark, '');
    return quoted ? `"${plain}"` : plain;
  });
  return [...new Set(own)].join(', ');
}
