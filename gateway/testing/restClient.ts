import {
  type DescField,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import type { Binding } from '../src/routes/binding.ts';
import { type FieldPath, isTextField } from '../src/routes/fieldPath.ts';

export interface RestRequest {
  /** `GET /v1/things/7?deep=true`. */
  line: string;
  body: string | undefined;
}

/** Writes a message as a REST request the way Google's generated clients do: what the path does not hold and the body does not hold is query. */
export function restRequest(binding: Binding, message: Message, registry: Registry): RestRequest {
  const json = toJson(binding.method.input, message, { registry }) as JsonObject;
  const path = binding.template.variables.reduce(
    (text, variable, index) =>
      text.replace(variablePattern, expanded(json, binding.pathFields[index] ?? [], variable.multi)),
    binding.route,
  );
  for (const field of binding.pathFields) remove(json, field);
  if (binding.body.kind === 'all') return { line: `${binding.httpMethod} ${path}`, body: JSON.stringify(json) };
  let body: string | undefined;
  if (binding.body.kind === 'field') {
    const { jsonName } = binding.body.field;
    if (json[jsonName] !== undefined) body = JSON.stringify(json[jsonName]);
    delete json[jsonName];
  }
  const query = pairs(binding.method.input.fields, json, '').map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  const line = `${binding.httpMethod} ${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return { line, body };
}

const variablePattern = /\{[^}]*\}/;

function expanded(json: JsonObject, path: FieldPath, multi: boolean): () => string {
  const value = path.reduce<JsonValue | undefined>((inside, field) => (inside as JsonObject)?.[field.jsonName], json);
  const text = String(value ?? implicit(path));
  return () => (multi ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text));
}

/** JSON leaves fields without presence out where they have their default; the path needs a text all the same. */
function implicit(path: FieldPath): string {
  const field = path.at(-1);
  if (field?.enum) return field.enum.values[0]?.name ?? '';
  return field?.scalar === 8 ? 'false' : '0';
}

function remove(json: JsonObject, path: FieldPath): void {
  const inside = path
    .slice(0, -1)
    .reduce<JsonObject | undefined>((at, field) => at?.[field.jsonName] as JsonObject, json);
  const last = path.at(-1);
  if (inside && last) delete inside[last.jsonName];
}

function pairs(fields: readonly DescField[], json: JsonObject, prefix: string): [string, string][] {
  return fields.flatMap((field): [string, string][] => {
    const value = json[field.jsonName];
    if (value === undefined) return [];
    const name = `${prefix}${field.jsonName}`;
    if (field.message && !isTextField(field)) return pairs(field.message.fields, value as JsonObject, `${name}.`);
    const values = Array.isArray(value) ? value : [value];
    return values.map((each) => [name, String(each)]);
  });
}
