import type { DescMessage } from '@bufbuild/protobuf';
import { type FieldPath, isTextField, pathName } from '../../routes/fieldPath.ts';
import type { RequestExample } from '../examples/requestExample.ts';
import type { PathParameter } from '../paths/openApiPath.ts';
import type { Placed } from '../paths/pathTable.ts';
import { fieldRules, isIgnored } from '../rules/fieldRules.ts';
import { described, type Schema } from '../schema.ts';
import type { Mode } from '../schemas/components.ts';
import { scalarSchema } from '../schemas/scalarSchema.ts';
import { hasOwnFields } from '../schemas/wellKnown.ts';
import type { Making } from './context.ts';

/** The parameters of a path, one for each of its `{…}`. */
export function pathParameters(making: Making, placed: Placed, example: RequestExample | undefined): Schema[] {
  return placed.parameters.map((parameter) => {
    const value = example?.path.get(parameter.name);
    return {
      name: parameter.name,
      in: 'path',
      required: true,
      ...pathValue(making, placed, parameter),
      ...(value === undefined ? {} : { example: exampleFor(placed, parameter, value) }),
    };
  });
}

function pathValue(making: Making, { binding }: Placed, parameter: PathParameter): Schema {
  const fields = parameter.variable === undefined ? undefined : binding.pathFields[parameter.variable];
  const variable = parameter.variable === undefined ? undefined : binding.template.variables[parameter.variable];
  const last = fields?.at(-1);
  if (variable && last && !variable.multi) {
    return fromSchema(making.schemas.field(last, modeAt(fields ?? [])));
  }
  const rest = parameter.rest ? 'May span several segments, with slashes between them as they are.' : '';
  const part = last ? `A part of \`${(fields ?? []).map(({ jsonName }) => jsonName).join('.')}\`.` : '';
  return {
    ...described({}, part, rest),
    schema: { type: 'string', minLength: 1, ...(parameter.rest ? {} : { pattern: '^[^/]+$' }) },
    ...(parameter.rest ? { 'x-multi-segment': true } : {}),
  };
}

/** Examples are values of the schema: numbers and booleans as such, though a path holds texts. */
function exampleFor({ binding }: Placed, { variable: index }: PathParameter, text: string): unknown {
  const variable = index === undefined ? undefined : binding.template.variables[index];
  const scalar = index === undefined ? undefined : binding.pathFields[index]?.at(-1)?.scalar;
  if (!variable || variable.multi || scalar === undefined || scalarSchema(scalar).type === 'string') return text;
  return JSON.parse(text);
}

/** What is neither bound by the path nor in the body can be said by a query parameter, if one text can hold it. */
export function queryParameters(making: Making, placed: Placed, example: RequestExample | undefined): Schema[] {
  const { binding } = placed;
  if (binding.body.kind === 'all') return [];
  const bound = new Set(binding.pathFields.map(pathName));
  const open = new Set(binding.pathFields.flatMap((path) => path.slice(0, -1)));
  const taken = binding.body.kind === 'field' ? binding.body.field : undefined;
  const parameters: Schema[] = [];
  const collect = (desc: DescMessage, before: FieldPath, within: readonly DescMessage[], needed: boolean) => {
    for (const field of desc.fields) {
      const path = [...before, field];
      if ((before.length === 0 && field === taken) || bound.has(pathName(path))) continue;
      const demanded = needed && making.schemas.validation.missing(desc).fields.has(field);
      if (isTextField(field)) parameters.push(queryParameter(making, path, demanded, example));
      else if (field.fieldKind === 'message' && hasOwnFields(field.message) && !within.includes(field.message)) {
        collect(field.message, path, [...within, field.message], demanded || open.has(field));
      }
    }
  };
  collect(binding.method.input, [], [binding.method.input], true);
  return parameters;
}

function queryParameter(
  making: Making,
  path: FieldPath,
  required: boolean,
  example: RequestExample | undefined,
): Schema {
  const last = path.at(-1);
  const name = path.map(({ jsonName }) => jsonName).join('.');
  const schema = last ? making.schemas.field(last, modeAt(path)) : {};
  const value = example?.query.get(name);
  const { oneof } = last ?? {};
  const others = oneof?.fields.filter((field) => field !== last).map(({ jsonName }) => `\`${jsonName}\``);
  const choice = others && others.length > 0 ? `Not together with ${others.join(', ')}.` : '';
  const parameter = fromSchema(schema);
  return {
    name,
    in: 'query',
    ...(required ? { required } : {}),
    ...parameter,
    ...described({}, typeof parameter.description === 'string' ? parameter.description : '', choice),
    ...(value === undefined ? {} : { example: value }),
  };
}

/** A parameter says itself what its schema would say about it as a whole. */
function fromSchema({ description, deprecated, ...schema }: Schema): Schema {
  return { ...(description ? { description } : {}), ...(deprecated ? { deprecated } : {}), schema };
}

/** Rules do not reach into a message for which they are ignored. */
function modeAt(path: FieldPath): Mode {
  return path.slice(0, -1).some((field) => isIgnored(fieldRules(field))) ? 'unchecked' : 'input';
}
