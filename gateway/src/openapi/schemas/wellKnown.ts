import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { Schema } from '../schema.ts';

const wrapped: Record<string, ScalarType> = {
  'google.protobuf.DoubleValue': ScalarType.DOUBLE,
  'google.protobuf.FloatValue': ScalarType.FLOAT,
  'google.protobuf.Int64Value': ScalarType.INT64,
  'google.protobuf.UInt64Value': ScalarType.UINT64,
  'google.protobuf.Int32Value': ScalarType.INT32,
  'google.protobuf.UInt32Value': ScalarType.UINT32,
  'google.protobuf.BoolValue': ScalarType.BOOL,
  'google.protobuf.StringValue': ScalarType.STRING,
  'google.protobuf.BytesValue': ScalarType.BYTES,
};

/** Messages that proto3 JSON does not write as an object of their fields. */
const special: Record<string, Schema> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': {
    type: 'string',
    pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$',
    description: 'Seconds, such as `1.5s`.',
  },
  'google.protobuf.FieldMask': {
    type: 'string',
    description: 'Names of fields, separated by commas.',
  },
  'google.protobuf.Any': {
    type: 'object',
    properties: { '@type': { type: 'string', description: 'URL of the message’s type.' } },
    description: 'A message of any type: `@type` and its fields, or `value` where its JSON is no object of its fields.',
  },
  'google.protobuf.Empty': { type: 'object' },
  'google.protobuf.Struct': { type: 'object', description: 'Any JSON object.' },
  'google.protobuf.ListValue': { type: 'array', items: {}, description: 'Any JSON array.' },
  'google.protobuf.Value': { description: 'Any JSON value.' },
};

/** The scalar that a wrapper such as google.protobuf.Int32Value holds. */
export function wrappedScalar(desc: DescMessage | undefined): ScalarType | undefined {
  return desc && wrapped[desc.typeName];
}

/** The schema of a message whose JSON has a form of its own; wrappers are not among them. */
export function specialSchema(desc: DescMessage): Schema | undefined {
  return special[desc.typeName];
}

/** Whether a message of this type is written as an object of its fields. */
export function hasOwnFields(desc: DescMessage): boolean {
  return !(desc.typeName in special) && !(desc.typeName in wrapped);
}
