import { fromBinary, type JsonValue, type Registry, toJson } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { type HttpBody, HttpBodySchema } from '#google/api/httpbody';
import type { Binding } from '../routes/binding.ts';

/** The JSON of a response; fields with their default values are in it, so that counts and states are always there. */
export function responseJson(
  binding: Binding,
  bytes: Uint8Array,
  registry: Registry,
  enumAsInteger: boolean,
): JsonValue {
  const { output } = binding.method;
  const options = { registry, alwaysEmitImplicit: true, enumAsInteger };
  const json = toJson(output, fromBinary(output, bytes), options) as JsonValue;
  if (!binding.responseField) return json;
  const member = json !== null && typeof json === 'object' && !Array.isArray(json) ? json : {};
  return member[binding.responseField.jsonName] ?? null;
}

/** The raw body that a response carries. */
export function responseBytes(binding: Binding, bytes: Uint8Array): HttpBody {
  const field = binding.responseField;
  if (!field) return fromBinary(HttpBodySchema, bytes);
  const whole = reflect(binding.method.output, fromBinary(binding.method.output, bytes));
  return (field.fieldKind === 'message' ? whole.get(field).message : {}) as HttpBody;
}
