import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** What stands at a path such as `line.customerId`; undefined where nothing does. */
export function at(json: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = json;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** A copy with something else at the path, or with nothing there. */
export function withAt(json: JsonObject, path: string, value: JsonValue | undefined): JsonObject {
  const [name = '', ...rest] = path.split('.');
  const inner = json[name];
  const put = rest.length === 0 ? value : withAt(isObject(inner) ? inner : {}, rest.join('.'), value);
  const { [name]: _, ...others } = json;
  return put === undefined ? others : { ...others, [name]: put };
}

/** The leaves of an object with their paths; what stands in a list counts as one leaf. */
export function leaves(json: JsonObject, within = ''): [path: string, value: JsonValue][] {
  return Object.entries(json).flatMap(([name, value]) =>
    isObject(value) ? leaves(value, `${within}${name}.`) : ([[`${within}${name}`, value]] as [string, JsonValue][]),
  );
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
