import { ScalarType } from '@bufbuild/protobuf';
import type { Schema } from '../schema.ts';

/** How proto3 JSON writes a scalar. */
export function scalarSchema(scalar: ScalarType): Schema {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.DOUBLE:
      return floating('double');
    case ScalarType.FLOAT:
      return floating('float');
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: 'integer', format: 'uint32', minimum: 0, maximum: 0xffff_ffff };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: 'string', format: 'uint64', pattern: '^[0-9]+$' };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: 'integer', format: 'int32', minimum: -0x8000_0000, maximum: 0x7fff_ffff };
    default:
      scalar satisfies never;
      return {};
  }
}

/** What is no number to JSON goes as a text. */
function floating(format: string): Schema {
  return { anyOf: [{ type: 'number', format }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
}

/** A floating number that the rules keep within bounds, and so from being infinite or none. */
export function finiteSchema(scalar: ScalarType): Schema {
  return { type: 'number', format: scalar === ScalarType.FLOAT ? 'float' : 'double' };
}

export function isFloating(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
}
