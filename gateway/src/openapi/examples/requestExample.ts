import { type DescField, type DescMessage, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import type { Binding } from '../../routes/binding.ts';
import { type FieldPath, isTextField, pathName } from '../../routes/fieldPath.ts';
import { takesBytes } from '../../transcode/requestMessage.ts';
import type { PathParameter } from '../paths/openApiPath.ts';
import type { Placed } from '../paths/pathTable.ts';
import { fieldRules, passesIfZero } from '../rules/fieldRules.ts';
import { type Examples, textOf } from './messageExample.ts';

/** A whole request that passes the method's rules, in the parts in which HTTP carries it. */
export interface RequestExample {
  /** By the names of the path's parameters; not encoded. */
  path: ReadonlyMap<string, string>;
  /** Query parameters that the request cannot go without, by their JSON names. */
  query: ReadonlyMap<string, JsonValue>;
  /** Undefined where there is no body, or one of raw bytes. */
  body: JsonValue | undefined;
}

/** Undefined where none is found that passes, as with rules that only their author could fulfil. */
export function requestExample(examples: Examples, placed: Placed): RequestExample | undefined {
  const { binding } = placed;
  const { input } = binding.method;
  const raw = takesBytes(binding);
  const bodyField = binding.body.kind === 'field' ? binding.body.field : undefined;
  const also = bodyField && !raw ? [bodyField] : besideBytes(binding);
  const whole = raw && !bodyField ? {} : examples.message(input, { also, full: binding.body.kind === 'all' });
  if (!whole) return undefined;
  const path = new Map<string, string>();
  for (const [index, fields] of binding.pathFields.entries()) {
    const parameters = placed.parameters.filter(({ variable }) => variable === index);
    if (!bindPath(examples, whole, { fields, parameters, binding, index }, path)) return undefined;
  }
  for (const { name, variable } of placed.parameters) if (variable === undefined) path.set(name, name);
  if (!passes(examples, placed, whole)) return undefined;
  const body = bodyField && !raw ? whole[bodyField.jsonName] : whole;
  return {
    path,
    query: binding.body.kind === 'all' ? new Map() : queryOf(placed, whole),
    body: binding.body.kind === 'none' || raw ? undefined : withoutPath(placed, body ?? {}),
  };
}

/**
 * What goes with an upload in pieces. Only the first piece carries it, so the rules must let it be absent and cannot say that the upload as
 * a whole needs it; what has rules about its form is shown.
 */
function besideBytes({ method, body }: Binding): DescField[] {
  const isUpload = body.kind === 'field' && method.methodKind === 'client_streaming';
  return isUpload ? method.input.fields.filter((field) => passesIfZero(fieldRules(field))) : [];
}

interface Bound {
  fields: FieldPath;
  parameters: PathParameter[];
  binding: Binding;
  index: number;
}

/** Finds a value for a variable of the path, writes it into the request, and into `path` by its pieces. */
function bindPath(examples: Examples, whole: JsonObject, bound: Bound, path: Map<string, string>): boolean {
  const last = bound.fields.at(-1);
  const variable = bound.binding.template.variables[bound.index];
  if (!last || !variable) return false;
  if (variable.multi && bindPieces(examples, whole, bound, last, path)) return true;
  const value = examples.field(last);
  const text = value === undefined ? undefined : textOf(value);
  const [only, ...others] = bound.parameters;
  if (value === undefined || !text || !only || others.length > 0 || (variable.multi && text.includes('/')))
    return false;
  path.set(only.name, text);
  write(whole, bound.fields, value);
  return true;
}

/** A value of several segments is put together out of the template's literals and one text for every wildcard. */
function bindPieces(
  examples: Examples,
  whole: JsonObject,
  bound: Bound,
  field: DescField,
  path: Map<string, string>,
): boolean {
  const { template } = bound.binding;
  const variable = template.variables[bound.index];
  for (const piece of [undefined, 'example', '1', 'a', 'EXAMPLE']) {
    const pieces = bound.parameters.map(({ name }) => [name, piece ?? name] as const);
    const left = pieces.map(([, text]) => text);
    const segments = template.segments.slice(variable?.from, variable?.to);
    const texts = segments.map((segment) => (segment.kind === 'literal' ? segment.text : (left.shift() ?? '')));
    const text = [...texts, ...left].join('/');
    if (!examples.passes(field, text)) continue;
    for (const [name, each] of pieces) path.set(name, each);
    write(whole, bound.fields, text);
    return true;
  }
  return false;
}

function write(json: JsonObject, [field, ...rest]: FieldPath, value: JsonValue): void {
  if (!field) return;
  if (rest.length === 0) {
    json[field.jsonName] = value;
    return;
  }
  const inside = json[field.jsonName];
  const object = inside !== null && typeof inside === 'object' && !Array.isArray(inside) ? inside : {};
  json[field.jsonName] = object;
  write(object, rest, value);
}

function passes({ registry, validation }: Examples, { binding }: Placed, json: JsonObject): boolean {
  const { input } = binding.method;
  if (takesBytes(binding) && binding.body.kind === 'all') return true;
  try {
    return validation.violations(input, fromJson(input, json, { registry })).length === 0;
  } catch {
    return false;
  }
}

/** What is neither in the path nor in the body, by the names of query parameters. */
function queryOf({ binding }: Placed, whole: JsonObject): Map<string, JsonValue> {
  const bound = new Set(binding.pathFields.map(pathName));
  const query = new Map<string, JsonValue>();
  const collect = (json: JsonObject, desc: DescMessage, before: FieldPath) => {
    for (const field of desc.fields) {
      const value = json[field.jsonName];
      const path = [...before, field];
      if (value === undefined || bound.has(pathName(path))) continue;
      if (binding.body.kind === 'field' && path[0] === binding.body.field) continue;
      if (isTextField(field)) query.set(path.map(({ jsonName }) => jsonName).join('.'), value);
      else if (field.fieldKind === 'message' && value !== null && typeof value === 'object' && !Array.isArray(value)) {
        collect(value, field.message, path);
      }
    }
  };
  collect(whole, binding.method.input, []);
  return query;
}

/** The body's example, without what the path says already. */
function withoutPath({ binding }: Placed, body: JsonValue): JsonValue {
  const paths = binding.pathFields.flatMap((path) => {
    if (binding.body.kind === 'all') return [path];
    return binding.body.kind === 'field' && path[0] === binding.body.field ? [path.slice(1)] : [];
  });
  const copy = structuredClone(body);
  for (const path of paths) remove(copy, path);
  return copy;
}

function remove(json: JsonValue, [field, ...rest]: FieldPath): void {
  if (!field || json === null || typeof json !== 'object' || Array.isArray(json)) return;
  if (rest.length === 0) delete json[field.jsonName];
  else remove(json[field.jsonName] ?? null, rest);
}
