import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import type { FieldPath } from '../../routes/fieldPath.ts';
import { commentOf } from '../comments.ts';
import { isRequiredOneof, messageRules } from '../rules/fieldRules.ts';
import { customTexts } from '../rules/valueKeywords.ts';
import { described, type Schema } from '../schema.ts';
import type { Mode } from './components.ts';
import { fieldSchema } from './fieldSchema.ts';
import type { TypeSchemas } from './typeSchemas.ts';

/** A message as an object of its fields. `without`: fields that a request holds elsewhere, such as in its path. */
export function messageSchema(
  schemas: TypeSchemas,
  desc: DescMessage,
  mode: Mode,
  without: readonly FieldPath[] = [],
): Schema {
  const gone = new Set(without.flatMap((path) => (path.length === 1 ? path : [])));
  const fields = desc.fields.filter((field) => !gone.has(field));
  const properties = fields.map((field) => {
    const inside = without.flatMap((path) => (path.length > 1 && path[0] === field ? [path.slice(1)] : []));
    const schema =
      inside.length > 0 && field.fieldKind === 'message'
        ? messageSchema(schemas, field.message, mode, inside)
        : fieldSchema(schemas, field, mode);
    return [field.jsonName, schema];
  });
  const required = requiredFields(schemas, desc, mode)
    .filter((field) => !gone.has(field))
    .map(({ jsonName }) => jsonName);
  const { constraints, texts } = groups(desc, gone, mode);
  return described(
    {
      title: desc.name,
      type: 'object',
      ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(mode === 'answer' ? {} : { additionalProperties: false }),
      ...constraints,
      ...(desc.deprecated ? { deprecated: true } : {}),
    },
    commentOf(desc),
    ...texts,
  );
}

/** In requests what the rules demand; in answers what is always there, because the gateway writes default values, too. */
function requiredFields(schemas: TypeSchemas, desc: DescMessage, mode: Mode): DescField[] {
  switch (mode) {
    case 'input': {
      const { fields } = schemas.validation.missing(desc);
      return desc.fields.filter((field) => fields.has(field));
    }
    case 'answer':
      return desc.fields.filter(({ presence }) => presence !== FeatureSet_FieldPresence.EXPLICIT);
    case 'unchecked':
      return desc.fields.filter(({ presence }) => presence === FeatureSet_FieldPresence.LEGACY_REQUIRED);
    default:
      mode satisfies never;
      return [];
  }
}

/** Fields of which only one may be there: the contract's oneofs, and those that its rules add. */
function groups(desc: DescMessage, gone: ReadonlySet<DescField>, mode: Mode): { constraints: Schema; texts: string[] } {
  const rules = mode === 'input' ? messageRules(desc) : undefined;
  const all = [
    ...desc.oneofs.map((oneof) => ({
      names: namesOf(oneof.fields, gone),
      whole: oneof.fields.every((field) => !gone.has(field)),
      needed: mode === 'input' && isRequiredOneof(oneof),
    })),
    ...(rules?.oneof ?? []).map((rule) => {
      const fields = desc.fields.filter(({ name }) => rule.fields.includes(name));
      return { names: namesOf(fields, gone), whole: fields.every((field) => !gone.has(field)), needed: rule.required };
    }),
  ].filter(({ names }) => names.length > 0);
  const checks = mode === 'answer' ? [] : all.map(({ names, whole, needed }) => onlyOne(names, needed && whole));
  const texts = all.map(({ names, needed }) => {
    const list = names.map((name) => `\`${name}\``).join(', ');
    return needed ? `Exactly one of ${list}.` : `At most one of ${list}.`;
  });
  const constraints = checks.length === 1 ? checks[0] : checks.length > 1 ? { allOf: checks } : {};
  return { constraints: constraints ?? {}, texts: [...texts, ...(rules ? customTexts(rules) : [])] };
}

function namesOf(fields: readonly DescField[], gone: ReadonlySet<DescField>): string[] {
  return fields.filter((field) => !gone.has(field)).map(({ jsonName }) => jsonName);
}

function onlyOne(names: string[], needed: boolean): Schema {
  const each = names.map((name) => ({ required: [name] }));
  return { oneOf: needed ? each : [...each, { not: { anyOf: each } }] };
}
