import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** Fields from a request message inwards; all but the last are singular messages. */
export type FieldPath = readonly DescField[];

const fieldsByName = new WeakMap<DescMessage, Map<string, DescField>>();

/** A message's field by its proto or JSON name. */
export function fieldNamed(message: DescMessage, name: string): DescField | undefined {
  let fields = fieldsByName.get(message);
  if (!fields) {
    fields = new Map(
      message.fields.flatMap((field) => [[field.jsonName, field] as const, [field.name, field] as const]),
    );
    fieldsByName.set(message, fields);
  }
  return fields.get(name);
}

/** Resolves names against a message; undefined where one of them is unknown or leads through something repeated. */
export function resolveFieldPath(message: DescMessage, names: readonly string[]): FieldPath | undefined {
  const path: DescField[] = [];
  let inside: DescMessage | undefined = message;
  for (const name of names) {
    const field: DescField | undefined = inside && fieldNamed(inside, name);
    if (!field) return undefined;
    path.push(field);
    inside = field.fieldKind === 'message' ? field.message : undefined;
  }
  return path;
}

/** A path's one name, whichever names it was written with. */
export function pathName(path: FieldPath): string {
  return path.map((field) => field.name).join('.');
}

const textMessages = new Set([
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
  'google.protobuf.FieldMask',
  'google.protobuf.DoubleValue',
  'google.protobuf.FloatValue',
  'google.protobuf.Int64Value',
  'google.protobuf.UInt64Value',
  'google.protobuf.Int32Value',
  'google.protobuf.UInt32Value',
  'google.protobuf.BoolValue',
  'google.protobuf.StringValue',
  'google.protobuf.BytesValue',
]);

/** Whether one text can hold the field's value (or one element of it). */
export function isTextField(field: DescField): boolean {
  if (field.fieldKind === 'map') return false;
  return field.message === undefined || textMessages.has(field.message.typeName);
}
