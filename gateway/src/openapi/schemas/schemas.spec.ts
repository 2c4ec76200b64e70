import { beforeAll, describe, expect, test } from 'vitest';
import { readContract } from '../../contract/contract.ts';
import { Validation } from '../rules/validation.ts';
import type { Schema } from '../schema.ts';
import { compileProto } from '../testing/compile.ts';
import { Schemas } from './schemas.ts';

/** A field's declaration, and what of it a request must hold to. Descriptions and names of components are left out of neither. */
const inputs: [declaration: string, schema: Schema][] = [
  ['string f = 1;', { type: 'string' }],
  ['bool f = 1;', { type: 'boolean' }],
  ['int32 f = 1;', { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 }],
  ['sint32 f = 1;', { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 }],
  ['uint32 f = 1;', { type: 'integer', format: 'uint32', minimum: 0, maximum: 4294967295 }],
  ['fixed32 f = 1;', { type: 'integer', format: 'uint32', minimum: 0, maximum: 4294967295 }],
  ['int64 f = 1;', { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' }],
  ['sfixed64 f = 1;', { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' }],
  ['uint64 f = 1;', { type: 'string', format: 'uint64', pattern: '^[0-9]+$' }],
  ['double f = 1;', { anyOf: [{ type: 'number', format: 'double' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }],
  ['float f = 1 [(buf.validate.field).float.finite = true];', { type: 'number', format: 'float' }],
  ['bytes f = 1;', { type: 'string', contentEncoding: 'base64' }],
  ['Colour f = 1;', { $ref: '#/components/schemas/t.Colour' }],
  ['Node f = 1;', { $ref: '#/components/schemas/t.Node-input' }],
  ['google.protobuf.NullValue f = 1;', { type: 'null' }],
  ['google.protobuf.Timestamp f = 1;', { type: 'string', format: 'date-time' }],
  [
    'google.protobuf.Duration f = 1;',
    { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$', description: 'Seconds, such as `1.5s`.' },
  ],
  ['google.protobuf.FieldMask f = 1;', { type: 'string', description: 'Names of fields, separated by commas.' }],
  ['google.protobuf.Struct f = 1;', { type: 'object', description: 'Any JSON object.' }],
  ['google.protobuf.ListValue f = 1;', { type: 'array', items: {}, description: 'Any JSON array.' }],
  ['google.protobuf.Value f = 1;', { description: 'Any JSON value.' }],
  ['google.protobuf.Empty f = 1;', { type: 'object' }],
  ['google.protobuf.StringValue f = 1;', { type: ['string', 'null'] }],
  ['google.protobuf.BoolValue f = 1;', { type: ['boolean', 'null'] }],
  ['google.protobuf.Int64Value f = 1;', { type: ['string', 'null'], format: 'int64', pattern: '^-?[0-9]+$' }],
  [
    'google.protobuf.DoubleValue f = 1;',
    {
      anyOf: [
        { anyOf: [{ type: 'number', format: 'double' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] },
        { type: 'null' },
      ],
    },
  ],
  [
    'google.protobuf.UInt32Value f = 1 [(buf.validate.field).uint32.lte = 9];',
    { type: ['integer', 'null'], format: 'uint32', minimum: 0, maximum: 9 },
  ],
  ['repeated string f = 1;', { type: 'array', items: { type: 'string' } }],
  ['repeated Node f = 1;', { type: 'array', items: { $ref: '#/components/schemas/t.Node-input' } }],
  ['map<string, bool> f = 1;', { type: 'object', additionalProperties: { type: 'boolean' } }],
  [
    'map<int64, Node> f = 1;',
    {
      type: 'object',
      additionalProperties: { $ref: '#/components/schemas/t.Node-input' },
      propertyNames: { pattern: '^-?[0-9]+$' },
    },
  ],
  [
    'map<bool, string> f = 1;',
    { type: 'object', additionalProperties: { type: 'string' }, propertyNames: { enum: ['true', 'false'] } },
  ],
  ['string f = 1 [deprecated = true];', { type: 'string', deprecated: true }],
  // Told of by its author.
  ['string f = 1; // Whose it is.', { type: 'string', description: 'Whose it is.' }],
  // Texts.
  [
    'string f = 1 [(buf.validate.field).string = {min_len: 2, max_len: 5}];',
    { type: 'string', minLength: 2, maxLength: 5 },
  ],
  ['string f = 1 [(buf.validate.field).string.len = 3];', { type: 'string', minLength: 3, maxLength: 3 }],
  ['string f = 1 [(buf.validate.field).string.pattern = "^a+$"];', { type: 'string', pattern: '^a+$' }],
  [
    'string f = 1 [(buf.validate.field).string.pattern = "(?i)^a+$"];',
    { type: 'string', description: 'Matches the RE2 pattern `(?i)^a+$`.' },
  ],
  ['string f = 1 [(buf.validate.field).string.prefix = "a.b"];', { type: 'string', pattern: '^a\\.b' }],
  [
    'string f = 1 [(buf.validate.field).string = {prefix: "a", suffix: "z", contains: "m"}];',
    { type: 'string', pattern: '^a', allOf: [{ pattern: 'z$' }, { pattern: 'm' }] },
  ],
  ['string f = 1 [(buf.validate.field).string.not_contains = "x"];', { type: 'string', not: { pattern: 'x' } }],
  ['string f = 1 [(buf.validate.field).string = {in: ["a", "b"]}];', { type: 'string', enum: ['a', 'b'] }],
  ['string f = 1 [(buf.validate.field).string = {not_in: ["a"]}];', { type: 'string', not: { enum: ['a'] } }],
  ['string f = 1 [(buf.validate.field).string.const = "a"];', { type: 'string', const: 'a' }],
  ['string f = 1 [(buf.validate.field).string.email = true];', { type: 'string', format: 'email' }],
  ['string f = 1 [(buf.validate.field).string.uuid = true];', { type: 'string', format: 'uuid' }],
  ['string f = 1 [(buf.validate.field).string.uri = true];', { type: 'string', format: 'uri' }],
  ['string f = 1 [(buf.validate.field).string.hostname = true];', { type: 'string', format: 'hostname' }],
  [
    'string f = 1 [(buf.validate.field).string.ip = true];',
    { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  ],
  [
    'string f = 1 [(buf.validate.field).string.max_bytes = 9];',
    { type: 'string', maxLength: 9, description: 'At most 9 bytes in UTF-8.' },
  ],
  ['string f = 1 [(buf.validate.field).required = true];', { type: 'string', minLength: 1 }],
  [
    'string f = 1 [(buf.validate.field).string.email = true, (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE];',
    { type: 'string', anyOf: [{ format: 'email' }, { const: '' }] },
  ],
  [
    'string f = 1 [(buf.validate.field).string.email = true, (buf.validate.field).ignore = IGNORE_ALWAYS];',
    { type: 'string' },
  ],
  [
    'bytes f = 1 [(buf.validate.field).bytes = {min_len: 3, max_len: 4}];',
    { type: 'string', contentEncoding: 'base64', minLength: 4, maxLength: 8 },
  ],
  // Numbers.
  [
    'int32 f = 1 [(buf.validate.field).int32 = {gte: 1, lte: 9}];',
    { type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
  ],
  [
    'int32 f = 1 [(buf.validate.field).int32 = {gt: 1, lt: 9}];',
    {
      type: 'integer',
      format: 'int32',
      minimum: -2147483648,
      maximum: 2147483647,
      exclusiveMinimum: 1,
      exclusiveMaximum: 9,
    },
  ],
  [
    'uint32 f = 1 [(buf.validate.field).uint32 = {gt: 9, lt: 1}];',
    {
      type: 'integer',
      format: 'uint32',
      minimum: 0,
      maximum: 4294967295,
      anyOf: [{ exclusiveMinimum: 9 }, { exclusiveMaximum: 1 }],
    },
  ],
  [
    'double f = 1 [(buf.validate.field).double = {gte: -90, lte: 90}];',
    { type: 'number', format: 'double', minimum: -90, maximum: 90 },
  ],
  [
    'int64 f = 1 [(buf.validate.field).int64 = {gte: 0, lt: 10}];',
    { type: 'string', format: 'int64', pattern: '^[0-9]+$', description: 'At least 0, less than 10.' },
  ],
  [
    'int64 f = 1 [(buf.validate.field).int64 = {in: [1, 2]}];',
    { type: 'string', format: 'int64', pattern: '^-?[0-9]+$', enum: ['1', '2'] },
  ],
  ['bool f = 1 [(buf.validate.field).bool.const = true];', { type: 'boolean', const: true }],
  [
    'google.protobuf.Duration f = 1 [(buf.validate.field).duration = {gt: {}, lte: {seconds: 60}}];',
    {
      type: 'string',
      pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$',
      description: 'Seconds, such as `1.5s`. More than 0s, at most 60s.',
    },
  ],
  [
    'google.protobuf.Timestamp f = 1 [(buf.validate.field).timestamp.lt_now = true];',
    { type: 'string', format: 'date-time', description: 'Before now.' },
  ],
  // Enums.
  ['Colour f = 1 [(buf.validate.field).enum.defined_only = true];', { $ref: '#/components/schemas/t.Colour' }],
  [
    'Colour f = 1 [(buf.validate.field).enum = {not_in: [0]}];',
    { type: 'string', enum: ['RED', 'BLUE'], description: 'What it looks like.' },
  ],
  [
    'Colour f = 1 [(buf.validate.field).enum = {in: [2]}];',
    { type: 'string', enum: ['BLUE'], description: 'What it looks like.' },
  ],
  // Lists and maps.
  [
    'repeated string f = 1 [(buf.validate.field).repeated = {min_items: 1, max_items: 3, unique: true, items: {string: {min_len: 1}}}];',
    { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 3, uniqueItems: true },
  ],
  [
    'repeated string f = 1 [(buf.validate.field).repeated.min_items = 1, (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE];',
    { type: 'array', items: { type: 'string' } },
  ],
  [
    'map<string, int32> f = 1 [(buf.validate.field).map = {min_pairs: 1, keys: {string: {max_len: 2}}, values: {int32: {gte: 0, lte: 1}}}];',
    {
      type: 'object',
      additionalProperties: { type: 'integer', format: 'int32', minimum: 0, maximum: 1 },
      propertyNames: { type: 'string', maxLength: 2 },
      minProperties: 1,
    },
  ],
  ['Node f = 1 [(buf.validate.field).ignore = IGNORE_ALWAYS];', { $ref: '#/components/schemas/t.Node-unchecked' }],
  // Rules of their author's own.
  [
    'int32 f = 1 [(buf.validate.field).cel = {id: "even", message: "must be even", expression: "this % 2 == 0"}];',
    {
      type: 'integer',
      format: 'int32',
      minimum: -2147483648,
      maximum: 2147483647,
      description: 'Must be even.',
    },
  ],
];

const source = `syntax = "proto3";
package t;
import "buf/validate/validate.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
// What it looks like.
enum Colour { UNKNOWN = 0; RED = 1; BLUE = 2; }
// A part of itself.
message Node {
  // What it is called.
  string name = 1 [(buf.validate.field).string.min_len = 1];
  Node next = 2;
  optional int32 weight = 3;
  repeated Node others = 4;
}
message Choice {
  option (buf.validate.message).oneof = {fields: ["p", "q"], required: true};
  option (buf.validate.message).cel = {id: "c", message: "p and a go together", expression: "true"};
  oneof kind {
    option (buf.validate.oneof).required = true;
    string a = 1;
    string b = 2;
  }
  oneof other { string c = 3; string d = 4; }
  string p = 5;
  string q = 6;
}
${inputs.map(([declaration], index) => `message M${index} {\n${declaration}\n}`).join('\n')}
`;

describe('MESH-1 schemas', () => {
  let schemas: Schemas;
  let components: Record<string, Schema>;

  beforeAll(() => {
    const { registry } = readContract(compileProto(source));
    schemas = new Schemas(new Validation(registry));
    for (const mode of ['input', 'answer', 'unchecked'] as const) {
      for (const name of ['Node', 'Choice', ...inputs.map((_, index) => `M${index}`)]) {
        const desc = registry.getMessage(`t.${name}`);
        if (desc) schemas.message(desc, mode);
      }
    }
    components = schemas.components.finish();
  });

  const propertiesOf = (component: string) => (components[component]?.properties ?? {}) as Record<string, Schema>;

  test.each(inputs.map(([declaration, schema], index) => [declaration, schema, index] as const))(
    '%s',
    (_, schema, index) => {
      expect(propertiesOf(`t.M${index}-input`).f).toEqual(schema);
    },
  );

  test('a message refers to itself, demands what its rules do, and takes no other members', () => {
    expect(components['t.Node-input']).toEqual({
      title: 'Node',
      type: 'object',
      description: 'A part of itself.',
      properties: {
        name: { type: 'string', minLength: 1, description: 'What it is called.' },
        next: { $ref: '#/components/schemas/t.Node-input' },
        weight: { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 },
        others: { type: 'array', items: { $ref: '#/components/schemas/t.Node-input' } },
      },
      required: ['name'],
      additionalProperties: false,
    });
  });

  test('an answer has no rules, and always has what cannot be absent', () => {
    expect(components['t.Node']).toMatchObject({
      properties: { name: { type: 'string' }, next: { $ref: '#/components/schemas/t.Node' } },
      required: ['name', 'others'],
    });
    expect(components['t.Node']).not.toHaveProperty('additionalProperties');
    expect(propertiesOf('t.Node').name).not.toHaveProperty('minLength');
  });

  test('where rules are ignored, nothing is demanded inside either', () => {
    expect(components['t.Node-unchecked']).not.toHaveProperty('required');
    expect(components['t.Node-unchecked']).toMatchObject({
      properties: { next: { $ref: '#/components/schemas/t.Node-unchecked' } },
    });
  });

  test('of a oneof one field at most, or exactly one', () => {
    const { allOf, description } = components['t.Choice-input'] ?? {};
    const each = (names: string[]) => names.map((name) => ({ required: [name] }));
    expect(allOf).toEqual([
      { oneOf: each(['a', 'b']) },
      { oneOf: [...each(['c', 'd']), { not: { anyOf: each(['c', 'd']) } }] },
      { oneOf: each(['p', 'q']) },
    ]);
    expect(description).toBe(
      'Exactly one of `a`, `b`. At most one of `c`, `d`. Exactly one of `p`, `q`. P and a go together.',
    );
  });

  test('an enum lists its values by name', () => {
    expect(components['t.Colour']).toEqual({
      title: 'Colour',
      type: 'string',
      enum: ['UNKNOWN', 'RED', 'BLUE'],
      description: 'What it looks like.',
    });
  });
});
