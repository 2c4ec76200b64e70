import { hash } from 'node:crypto';
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';

/** What two sendings of one command have in common. */
export function requestHash<Desc extends DescMessage>(schema: Desc, request: MessageShape<Desc>): Buffer {
  return hash('sha256', toBinary(schema, request), 'buffer');
}
