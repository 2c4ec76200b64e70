import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';

/** What spans and histograms say of a method; the names are those of OpenTelemetry's semantic conventions. */
export function callAttributes(method: DescMethod) {
  return { 'rpc.system': 'grpc', 'rpc.service': method.parent.typeName, 'rpc.method': method.name };
}

/** A status by its name, such as `NOT_FOUND`. */
export function statusName(code: status): string {
  return status[code] ?? String(code);
}
