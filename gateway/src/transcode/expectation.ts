import { type DescEnum, type DescField, ScalarType } from '@bufbuild/protobuf';

/** What a value of the field has to look like, in the words of an error for the caller. */
export function expectation(field: DescField): string {
  if (field.fieldKind === 'map') return 'must be an object';
  if (field.message) return messageExpectation(field.message.typeName);
  if (field.enum) return `must be one of ${enumNames(field.enum)}`;
  return scalarExpectation(field.scalar ?? ScalarType.STRING);
}

function scalarExpectation(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.STRING:
      return 'must be a text';
    case ScalarType.BOOL:
      return 'must be true or false';
    case ScalarType.BYTES:
      return 'must be base64';
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return 'must be a number';
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return 'must be a whole number from 0 to 4294967295';
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return 'must be a whole number from 0 to 18446744073709551615';
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return 'must be a whole number of 64 bits';
    default:
      return 'must be a whole number of 32 bits';
  }
}

function messageExpectation(typeName: string): string {
  switch (typeName) {
    case 'google.protobuf.Timestamp':
      return 'must be a time such as 2026-11-30T14:50:00Z';
    case 'google.protobuf.Duration':
      return 'must be a duration such as 1.5s';
    case 'google.protobuf.FieldMask':
      return 'must be field names separated by commas';
    case 'google.protobuf.BoolValue':
      return 'must be true or false';
    case 'google.protobuf.StringValue':
      return 'must be a text';
    case 'google.protobuf.BytesValue':
      return 'must be base64';
    default:
      return /Value$/.test(typeName) && typeName.startsWith('google.protobuf.')
        ? 'must be a number'
        : 'must be an object';
  }
}

function enumNames(desc: DescEnum): string {
  const names = desc.values.slice(0, 20).map((value) => value.name);
  return desc.values.length > names.length ? `${names.join(', ')}, …` : names.join(', ');
}
