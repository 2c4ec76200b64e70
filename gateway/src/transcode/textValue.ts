import { type DescEnum, type DescField, type JsonValue, ScalarType } from '@bufbuild/protobuf';

/**
 * The JSON value that a text from path or query stands for, to be read by the JSON mapping afterwards, which checks it.
 * Undefined where the text cannot be one.
 */
export function jsonOfText(field: DescField, text: string): JsonValue | undefined {
  if (field.enum) return enumOfText(field.enum, text);
  if (field.message) return messageOfText(field.message.typeName, text);
  return scalarOfText(field.scalar, text);
}

function scalarOfText(scalar: ScalarType | undefined, text: string): JsonValue | undefined {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return text;
    case ScalarType.BOOL:
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$|^NaN$|^-?Infinity$/.test(text) ? text : undefined;
    default:
      return /^-?\d+$/.test(text) ? text.replace(/^(-?)0+(?=\d)/, '$1') : undefined;
  }
}

/** By full name, by number, or by the name without the prefix that all of the enum's values share (`SMS` for `CHANNEL_SMS`). */
function enumOfText(desc: DescEnum, text: string): JsonValue | undefined {
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  if (desc.values.some((value) => value.name === text)) return text;
  const full = desc.sharedPrefix === undefined ? undefined : desc.sharedPrefix.toUpperCase() + text;
  return desc.values.some((value) => value.name === full) ? full : undefined;
}

function messageOfText(typeName: string, text: string): JsonValue | undefined {
  switch (typeName) {
    case 'google.protobuf.BoolValue':
      return scalarOfText(ScalarType.BOOL, text);
    case 'google.protobuf.DoubleValue':
    case 'google.protobuf.FloatValue':
      return scalarOfText(ScalarType.DOUBLE, text);
    case 'google.protobuf.Int32Value':
    case 'google.protobuf.UInt32Value':
    case 'google.protobuf.Int64Value':
    case 'google.protobuf.UInt64Value':
      return scalarOfText(ScalarType.INT64, text);
    case 'google.protobuf.FieldMask':
      return text.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    default:
      return text;
  }
}
