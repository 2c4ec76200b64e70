import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { fieldNamed } from '../routes/fieldPath.ts';

/** A whole number with more digits than a JavaScript number keeps, on its way to the field that says what it becomes. */
class LongNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Whether a JSON text may hold such a number. */
export function mayHoldLongNumbers(text: string): boolean {
  return /\d{16}/.test(text);
}

type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown;

/** Parses JSON without losing digits of fields of 64 bits, which proto3 JSON also takes as numbers. */
export function parseLongNumbers(text: string): JsonValue {
  const reviver: Reviver = (_, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
    return /^-?\d+$/.test(source) ? new LongNumber(source) : value;
  };
  return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]) as JsonValue;
}

/**
 * Puts texts where the message has 64 bits, and ordinary numbers everywhere else. Texts with an exponent or a fraction
 * of zeros, which proto3 JSON takes as well, are written out.
 */
export function settleLongNumbers(desc: DescMessage, json: JsonValue): JsonValue {
  if (typeof json === 'string') return is64Wrapper(desc) ? writtenOut(json) : json;
  if (json instanceof LongNumber) return is64Wrapper(desc) ? json.source : Number(json.source);
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((element) => settleLongNumbers(desc, element));
  const loose = desc.typeName.startsWith('google.protobuf.');
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = loose ? undefined : fieldNamed(desc, name);
      return [name, field ? settleField(field, value) : settlePlain(value)];
    }),
  );
}

function settleField(field: DescField, json: JsonValue): JsonValue {
  if (field.fieldKind === 'map' && json !== null && typeof json === 'object' && !(json instanceof LongNumber)) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, settleValue(field, value)]));
  }
  return settleValue(field, json);
}

function settleValue(field: DescField, json: JsonValue): JsonValue {
  if (field.message) return settleLongNumbers(field.message, json);
  if (json instanceof LongNumber) return has64Bits(field.scalar) ? json.source : Number(json.source);
  if (typeof json === 'string') return has64Bits(field.scalar) ? writtenOut(json) : json;
  return Array.isArray(json) ? json.map((element) => settleValue(field, element)) : settlePlain(json);
}

function settlePlain(json: JsonValue): JsonValue {
  if (json instanceof LongNumber) return Number(json.source);
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(settlePlain);
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, settlePlain(value)]));
}

function is64Wrapper({ typeName }: DescMessage): boolean {
  return typeName === 'google.protobuf.Int64Value' || typeName === 'google.protobuf.UInt64Value';
}

function has64Bits(scalar: ScalarType | undefined): boolean {
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return true;
    default:
      return false;
  }
}

/** `1.5e1` as `15`. What is no whole number stays as it is, for the reader to refuse. */
function writtenOut(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point > 30 || point < 0 || /[1-9]/.test(digits.slice(point))) return text;
  return sign + (digits.slice(0, point).padEnd(point, '0') || '0');
}
