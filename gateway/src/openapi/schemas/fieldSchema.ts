import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { commentOf } from '../comments.ts';
import { type FieldRules, fieldRules, given, isIgnored, passesIfZero } from '../rules/fieldRules.ts';
import { customTexts } from '../rules/valueKeywords.ts';
import { described, type Schema } from '../schema.ts';
import type { Mode } from './components.ts';
import type { TypeSchemas } from './typeSchemas.ts';
import { valueSchema } from './valueSchema.ts';

/** A field as a member of its message's JSON, or as a parameter. */
export function fieldSchema(schemas: TypeSchemas, field: DescField, mode: Mode): Schema {
  const rules = fieldRules(field);
  const active = mode === 'input' && !isIgnored(rules) ? rules : undefined;
  const schema = bare(schemas, field, rules, active, mode);
  const texts = [commentOf(field), ...(active ? customTexts(active) : [])];
  const standard = field.fieldKind === 'scalar' ? field.getDefaultValue() : undefined;
  return {
    ...described(schema, ...texts),
    ...(standard === undefined || standard instanceof Uint8Array ? {} : { default: jsonOf(standard) }),
    ...(field.deprecated ? { deprecated: true } : {}),
  };
}

function bare(
  schemas: TypeSchemas,
  field: DescField,
  rules: FieldRules | undefined,
  active: FieldRules | undefined,
  mode: Mode,
): Schema {
  // Where a field's rules are ignored, so are those of what it holds.
  const inner = mode === 'input' && isIgnored(rules) ? 'unchecked' : mode;
  switch (field.fieldKind) {
    case 'list': {
      const lists = active?.type.case === 'repeated' ? active.type.value : undefined;
      const items = valueSchema(schemas, field, lists?.items, inner);
      const least = (lists && given(lists, 'minItems')) ?? (active?.required ? 1n : undefined);
      const sized = size('Items', passesIfZero(active) ? undefined : least, lists && given(lists, 'maxItems'));
      return { type: 'array', items, ...sized, ...(lists?.unique ? { uniqueItems: true } : {}) };
    }
    case 'map': {
      const maps = active?.type.case === 'map' ? active.type.value : undefined;
      const names = keySchema(schemas, field.mapKey, maps?.keys, inner);
      const values = valueSchema(schemas, field, maps?.values, inner);
      const least = (maps && given(maps, 'minPairs')) ?? (active?.required ? 1n : undefined);
      const sized = size('Properties', passesIfZero(active) ? undefined : least, maps && given(maps, 'maxPairs'));
      return { type: 'object', additionalProperties: values, ...(names ? { propertyNames: names } : {}), ...sized };
    }
    default: {
      const schema = valueSchema(schemas, field, rules, mode);
      const filled = active?.required && field.presence === FeatureSet_FieldPresence.IMPLICIT;
      return filled ? nonZero(schema, field) : schema;
    }
  }
}

function size(what: 'Items' | 'Properties', least: bigint | undefined, most: bigint | undefined): Schema {
  return {
    ...(least === undefined || least === 0n ? {} : { [`min${what}`]: Number(least) }),
    ...(most === undefined ? {} : { [`max${what}`]: Number(most) }),
  };
}

/** JSON has only texts for names. */
function keySchema(
  schemas: TypeSchemas,
  key: ScalarType,
  rules: FieldRules | undefined,
  mode: Mode,
): Schema | undefined {
  switch (key) {
    case ScalarType.STRING: {
      const schema = valueSchema(schemas, { scalar: key, enum: undefined, message: undefined }, rules, mode);
      return Object.keys(schema).length > 1 ? schema : undefined;
    }
    case ScalarType.BOOL:
      return { enum: ['true', 'false'] };
    default:
      return { pattern: '^-?[0-9]+$' };
  }
}

/** `required` on a field that cannot tell unset from its type's default forbids the default. */
function nonZero(schema: Schema, field: DescField): Schema {
  if (schema.type === 'string' && schema.minLength === undefined && !field.enum && schema.pattern === undefined) {
    return { ...schema, minLength: 1 };
  }
  const zero = field.enum
    ? field.enum.values.find(({ number }) => number === 0)?.name
    : schema.type === 'boolean'
      ? false
      : 0;
  if (Array.isArray(schema.enum)) return { ...schema, enum: schema.enum.filter((value) => value !== zero) };
  return { allOf: [schema], not: { enum: [zero, '', '0'] } };
}

function jsonOf(value: string | number | bigint | boolean): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
