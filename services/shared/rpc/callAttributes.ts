import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';

/** What spans and histograms say of a method; by the semantic conventions as they are after 1.37: https://opentelemetry.io/docs/specs/semconv/rpc/ */
export function callAttributes(method: DescMethod) {
  return { 'rpc.system.name': 'grpc', 'rpc.method': `${method.parent.typeName}/${method.name}` };
}

/** A status by its name, such as `NOT_FOUND`. */
export function statusName(code: status): string {
  return status[code] ?? String(code);
}
