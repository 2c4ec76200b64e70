import { fromBinary, type JsonValue, type Registry, toJson } from '@bufbuild/protobuf';
import { type Any, AnySchema, anyIs, anyUnpack, durationMs } from '@bufbuild/protobuf/wkt';
import type { StatusObject } from '@grpc/grpc-js';
import { ErrorInfoSchema, RetryInfoSchema } from '#google/rpc/error_details';
import { StatusSchema } from '#google/rpc/status';
import { httpStatus } from './httpStatus.ts';

export interface ErrorAnswer {
  httpStatus: number;
  reason: string | undefined;
  retryAfterSeconds: number | undefined;
  /** google.rpc.Status as proto3 JSON. */
  body: JsonValue;
}

/** A failed call as REST answers it. */
export function errorAnswer(failed: StatusObject, registry: Registry): ErrorAnswer {
  const details = detailsOf(failed);
  const info = unpacked(
    details,
    (any) => anyIs(any, ErrorInfoSchema),
    (any) => anyUnpack(any, ErrorInfoSchema),
  );
  const retry = unpacked(
    details,
    (any) => anyIs(any, RetryInfoSchema),
    (any) => anyUnpack(any, RetryInfoSchema),
  );
  return {
    httpStatus: httpStatus(failed.code, info?.reason, info?.metadata.part),
    reason: info?.reason,
    retryAfterSeconds: retry?.retryDelay && Math.max(1, Math.ceil(durationMs(retry.retryDelay) / 1000)),
    body: { code: failed.code, message: failed.details, details: details.map((any) => detailJson(any, registry)) },
  };
}

function detailsOf(failed: StatusObject): Any[] {
  const [encoded] = failed.metadata.get('grpc-status-details-bin');
  if (!(encoded instanceof Buffer)) return [];
  try {
    return fromBinary(StatusSchema, encoded).details;
  } catch {
    return [];
  }
}

function unpacked<T>(details: Any[], is: (any: Any) => boolean, unpack: (any: Any) => T | undefined): T | undefined {
  const found = details.find(is);
  try {
    return found && unpack(found);
  } catch {
    return undefined;
  }
}

/** A detail of a type nobody described keeps its bytes. */
function detailJson(any: Any, registry: Registry): JsonValue {
  try {
    return toJson(AnySchema, any, { registry, alwaysEmitImplicit: true });
  } catch {
    return { '@type': any.typeUrl, value: Buffer.from(any.value).toString('base64') };
  }
}
