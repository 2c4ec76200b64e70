import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { encodeFrame, trailersFlag } from './frames.ts';

const reserved = /^(grpc-status|grpc-message|content-type|date|grpc-encoding|grpc-accept-encoding)$/;

/** The last frame of an answer: the call's status and trailing metadata, written like HTTP/1 headers. */
export function trailersFrame({ code, details, metadata }: StatusObject): Buffer {
  const known = code >= status.OK && code <= status.UNAUTHENTICATED ? code : status.UNKNOWN;
  const lines = [`grpc-status: ${known}`];
  if (known !== status.OK) lines.push(`grpc-message: ${percentEncode(details)}`);
  for (const name of metadataNames(metadata)) {
    for (const text of texts(metadata, name)) lines.push(`${name}: ${text}`);
  }
  return encodeFrame(trailersFlag, Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1'));
}

/** Names of metadata that are the service's own. */
export function metadataNames(metadata: Metadata): string[] {
  return Object.keys(metadata.getMap()).filter((name) => !reserved.test(name));
}

/** An entry's values as gRPC writes them on the wire: binary ones in base64 without padding. */
export function texts(metadata: Metadata, name: string): string[] {
  return metadata.get(name).map((value) => {
    if (!(value instanceof Buffer)) return String(value);
    return value.toString('base64').replace(/=+$/, '');
  });
}

/** grpc-message: UTF-8, percent-encoded except for printable ASCII without `%`. */
function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
