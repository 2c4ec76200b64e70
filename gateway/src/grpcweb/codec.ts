import { type DescMethod, fromBinary, type Registry, toBinary, toJson } from '@bufbuild/protobuf';
import { Fault } from '#shared/errors/fault';
import { messageFromJson } from '../transcode/jsonBody.ts';

/** How messages on the wire become those of the service, and back. */
export interface Codec {
  request(payload: Buffer): Buffer;
  response(message: Buffer): Buffer;
}

const asIs: Codec = { request: (payload) => payload, response: (message) => message };

/** The codec that the content type names: `proto` goes through untouched, `json` is proto3 JSON. */
export function codecOf(name: string, method: DescMethod, registry: Registry): Codec {
  if (name === 'proto') return asIs;
  if (name === 'json') return jsonCodec(method, registry);
  throw new Fault('FRAME_INVALID', { message: 'messages must be proto or json' });
}

function jsonCodec({ input, output }: DescMethod, registry: Registry): Codec {
  return {
    request(payload) {
      const message = messageFromJson(input, { kind: 'all' }, payload, registry);
      return Buffer.from(toBinary(input, message));
    },
    response: (message) => Buffer.from(JSON.stringify(toJson(output, fromBinary(output, message), { registry }))),
  };
}
