import { type DescEnum, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { commentOf } from '../comments.ts';
import { type FieldRules, given, isIgnored, passesIfZero } from '../rules/fieldRules.ts';
import { valueKeywords } from '../rules/valueKeywords.ts';
import { described, type Schema } from '../schema.ts';
import type { Mode } from './components.ts';
import { finiteSchema, isFloating, scalarSchema } from './scalarSchema.ts';
import type { TypeSchemas } from './typeSchemas.ts';
import { specialSchema, wrappedScalar } from './wellKnown.ts';

/** What stands in a field, a list or a map: a scalar, an enum's value or a message. */
export interface Value {
  scalar: ScalarType | undefined;
  enum: DescEnum | undefined;
  message: DescMessage | undefined;
}

/** The schema of one value under its rules, which hold in requests only. */
export function valueSchema(schemas: TypeSchemas, value: Value, rules: FieldRules | undefined, mode: Mode): Schema {
  const active = mode === 'input' && !isIgnored(rules) ? rules : undefined;
  if (value.enum) return enumSchema(schemas, value.enum, active);
  if (value.message) return messageValue(schemas, value.message, rules, active, mode);
  return ruledScalar(value.scalar ?? ScalarType.STRING, active);
}

function messageValue(
  schemas: TypeSchemas,
  desc: DescMessage,
  rules: FieldRules | undefined,
  active: FieldRules | undefined,
  mode: Mode,
): Schema {
  const scalar = wrappedScalar(desc);
  if (scalar !== undefined) return nullable(ruledScalar(scalar, active));
  const special = specialSchema(desc);
  if (special) return active ? joined(special, valueKeywords(active)) : special;
  return schemas.message(desc, mode === 'input' && isIgnored(rules) ? 'unchecked' : mode);
}

export function nullable(schema: Schema): Schema {
  const plain = typeof schema.type === 'string' && !('enum' in schema || 'const' in schema || 'anyOf' in schema);
  return plain ? { ...schema, type: [schema.type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

function ruledScalar(scalar: ScalarType, rules: FieldRules | undefined): Schema {
  if (!rules) return scalarSchema(scalar);
  const keywords = valueKeywords(rules);
  const bounded = Object.keys(keywords).length > 0 || mustBeFinite(rules);
  const base = isFloating(scalar) && bounded ? finiteSchema(scalar) : scalarSchema(scalar);
  const ruled = joined(base, keywords);
  return passesIfZero(rules) ? orZero(ruled, zeroOf(scalar)) : ruled;
}

function mustBeFinite({ type }: FieldRules): boolean {
  return (type.case === 'double' || type.case === 'float') && given(type.value, 'finite') === true;
}

function zeroOf(scalar: ScalarType): unknown {
  const { type } = scalarSchema(scalar);
  return type === 'boolean' ? false : type === 'string' ? (isLong(scalar) ? '0' : '') : 0;
}

function isLong(scalar: ScalarType): boolean {
  return /int64$/.test(String(scalarSchema(scalar).format));
}

/** Rules that do not look at the type's default let it pass. */
function orZero(schema: Schema, zero: unknown): Schema {
  const { type, format, description, contentEncoding, ...rules } = schema;
  if (Object.keys(rules).length === 0 && format === undefined) return schema;
  const outer = { type, ...(contentEncoding ? { contentEncoding } : {}), ...(description ? { description } : {}) };
  return { ...outer, anyOf: [{ ...(format ? { format } : {}), ...rules }, { const: zero }] };
}

/** An enum's values by name; those that the rules leave, where they leave fewer. */
function enumSchema(schemas: TypeSchemas, desc: DescEnum, rules: FieldRules | undefined): Schema {
  const whole = schemas.enum(desc);
  if (rules?.type.case !== 'enum') return whole;
  const { in: only, notIn } = rules.type.value;
  const constant = given(rules.type.value, 'const');
  const left = desc.values.filter(({ number }) => {
    if (passesIfZero(rules) && number === 0) return true;
    if (constant !== undefined) return number === constant;
    return (only.length === 0 || only.includes(number)) && !notIn.includes(number);
  });
  if (left.length === desc.values.length) return whole;
  return described({ type: 'string', enum: left.map(({ name }) => name) }, commentOf(desc));
}

function joined(schema: Schema, keywords: Schema): Schema {
  const both = { ...schema, ...keywords };
  if (schema.format && keywords.format) both.format = keywords.format;
  return described({ ...both, description: undefined }, text(schema), text(keywords));
}

function text({ description }: Schema): string | undefined {
  return typeof description === 'string' ? description : undefined;
}
