import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { anyPack, DurationSchema, StructSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import fc, { type Arbitrary } from 'fast-check';

/** Any text that UTF-8 can say, and names that objects of JavaScript have already. */
export const anyText = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '__proto__', 'constructor', 'toString', '\u0000', '\ufeff', '"\\/', '😈', 'null'),
  },
);

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64 = { min: 0n, max: 2n ** 64n - 1n };

/** No minus zero: `JSON.stringify` writes it as 0. */
const double = fc.double().map((value) => (Object.is(value, -0) ? 0 : value));
const float = fc.float().map((value) => (Object.is(value, -0) ? 0 : value));

function scalar(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return anyText;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 10 });
    case ScalarType.DOUBLE:
      return double;
    case ScalarType.FLOAT:
      return float;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.bigInt(int64);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.bigInt(uint64);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    default:
      return fc.integer();
  }
}

/** Known values and, now and then, one that nobody knows. */
function enumNumber(field: DescField): Arbitrary<number> {
  const known = field.enum?.values.map(({ number }) => number) ?? [0];
  if (field.enum?.typeName === 'google.protobuf.NullValue') return fc.constant(0);
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: fc.integer() });
}

const sign = fc.constantFrom(1n, -1n);
const duration = fc
  .tuple(sign, fc.bigInt({ min: 0n, max: 315_576_000_000n }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([by, seconds, nanos]) => ({
    seconds: by * seconds,
    nanos: seconds === 315_576_000_000n || nanos === 0 ? 0 : Number(by) * nanos,
  }));
const timestamp = fc
  .tuple(fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([seconds, nanos]) => ({ seconds, nanos }));
const maskPath = fc.string({ unit: fc.constantFrom(...'abcxyz'), minLength: 1, maxLength: 5 });
const mask = fc.array(
  fc.array(maskPath, { minLength: 1, maxLength: 3 }).map((names) => names.join('_')),
  { maxLength: 3 },
);

export const anyJson: Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  .map((json) => JSON.parse(JSON.stringify(json)) as JsonValue);

function wellKnown(typeName: string, depth: number): Arbitrary<unknown> | undefined {
  switch (typeName) {
    case 'google.protobuf.Timestamp':
      return timestamp;
    case 'google.protobuf.Duration':
      return duration;
    case 'google.protobuf.FieldMask':
      return mask.map((paths) => ({ paths }));
    case 'google.protobuf.Any':
      return duration.map((value) => anyPack(DurationSchema, create(DurationSchema, value)));
    case 'google.protobuf.Struct':
      return fc
        .dictionary(fc.string({ maxLength: 4 }), anyJson, { maxKeys: depth })
        .map((json) => fromJson(StructSchema, { ...json } as JsonObject));
    case 'google.protobuf.Value':
      return anyJson.map((json) => fromJson(ValueSchema, json));
    case 'google.protobuf.ListValue':
      return fc
        .array(anyJson, { maxLength: depth })
        .map((json) => ({ values: json.map((each) => fromJson(ValueSchema, each)) }));
    default:
      return undefined;
  }
}

function one(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.enum) return enumNumber(field);
  if (!field.message) return scalar(field.scalar ?? ScalarType.STRING);
  return wellKnown(field.message.typeName, depth) ?? anyInit(field.message, depth - 1);
}

function value(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.fieldKind === 'list') return fc.array(one(field, depth), { maxLength: 3 });
  if (field.fieldKind !== 'map') return one(field, depth);
  return fc.array(fc.tuple(scalar(field.mapKey), one(field, depth)), { maxLength: 3 }).map((entries) => {
    return Object.fromEntries(entries);
  });
}

/** Wrappers of scalars are said by their scalar where they are singular. */
function unwrapped(field: DescField, depth: number): Arbitrary<unknown> {
  const wrapper =
    field.fieldKind === 'message' &&
    /^google\.protobuf\.\w+Value$/.test(field.message.typeName) &&
    field.message.fields[0];
  if (!wrapper || field.oneof || !/^(Double|Float|U?Int\d\d|Bool|String|Bytes)Value$/.test(field.message.name))
    return value(field, depth);
  return scalar(wrapper.scalar ?? ScalarType.STRING);
}

/** What `create` takes for any message of the type; deeper than `depth` there are no further messages. */
function anyInit(desc: DescMessage, depth: number): Arbitrary<object> {
  const fields = desc.fields.filter((field) => !field.oneof && (depth > 0 || !field.message));
  const plain = fc.record(Object.fromEntries(fields.map((field) => [field.localName, unwrapped(field, depth)])), {
    requiredKeys: [],
  });
  const choices = desc.oneofs.map((oneof) => {
    const members = oneof.fields.filter((field) => depth > 0 || !field.message);
    const member = fc.oneof(
      ...members.map((field) => one(field, depth).map((each) => ({ case: field.localName, value: each }))),
    );
    return fc
      .option(member, { nil: { case: undefined, value: undefined } })
      .map((chosen) => ({ [oneof.localName]: chosen }));
  });
  return fc.tuple(plain, ...choices).map((parts) => Object.assign({}, ...parts));
}

/** Any message of a type. */
export function anyMessage(desc: DescMessage, depth = 3): Arbitrary<Message> {
  return anyInit(desc, depth).map((init) => create(desc, init as never));
}
