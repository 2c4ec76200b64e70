import { type DescField, type DescMessage, fromJson, type JsonValue, type Registry } from '@bufbuild/protobuf';
import { type Fault, invalidField } from '#shared/errors/fault';
import { fieldNamed } from '../routes/fieldPath.ts';
import { expectation } from './expectation.ts';

interface Misfit {
  path: string;
  problem: string;
}

/** Deeper or larger than this the search costs more than its answer is worth. */
const deepest = 12;
const largest = 256 * 1024;

/** Finds the member of a JSON body that does not fit the message and says so without the parser's words. */
export function jsonFault(desc: DescMessage, json: JsonValue, registry: Registry, size: number): Fault {
  const misfit = size <= largest ? locate(desc, json, '', registry, 0) : undefined;
  if (misfit) return invalidField(misfit.path === '' ? 'body' : misfit.path, misfit.problem);
  return invalidField('body', `does not fit ${desc.typeName}`);
}

function locate(desc: DescMessage, json: JsonValue, at: string, registry: Registry, depth: number): Misfit | undefined {
  if (depth > deepest) return { path: at, problem: 'is nested too deeply' };
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    return { path: at, problem: 'must be an object' };
  const seen = new Map<DescField, string>();
  for (const [key, value] of Object.entries(json)) {
    const field = fieldNamed(desc, key);
    if (!field) return { path: join(at, key), problem: 'is not a field of this message' };
    const path = join(at, field.name);
    if (seen.has(field)) return { path, problem: 'is given twice, by its two names' };
    seen.set(field, key);
    if (!fits(desc, { [key]: value }, registry)) return inside(field, value, path, desc, registry, depth);
  }
  const oneof = desc.oneofs.find((each) => each.fields.filter((field) => seen.has(field)).length > 1);
  if (!oneof) return undefined;
  return {
    path: join(at, oneof.name),
    problem: `only one of ${oneof.fields.map((field) => field.name).join(', ')} may be set`,
  };
}

function inside(
  field: DescField,
  value: JsonValue,
  path: string,
  parent: DescMessage,
  registry: Registry,
  depth: number,
): Misfit {
  if (field.fieldKind === 'message' && !field.message.typeName.startsWith('google.protobuf.')) {
    return locate(field.message, value, path, registry, depth + 1) ?? { path, problem: expectation(field) };
  }
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) return { path, problem: 'must be a list' };
    const index = value.findIndex((element) => !fits(parent, { [field.jsonName]: [element] }, registry));
    const element = value[index];
    const found =
      field.listKind === 'message' && element !== undefined
        ? locate(field.message, element, `${path}[${index}]`, registry, depth + 1)
        : undefined;
    return found ?? { path: `${path}[${index}]`, problem: expectation(field) };
  }
  if (field.fieldKind === 'map' && value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const entry = Object.entries(value).find(
      ([key, each]) => !fits(parent, { [field.jsonName]: { [key]: each } }, registry),
    );
    if (entry) return { path: `${path}[${JSON.stringify(entry[0])}]`, problem: 'has a key or value that does not fit' };
  }
  return { path, problem: expectation(field) };
}

function fits(desc: DescMessage, json: JsonValue, registry: Registry): boolean {
  try {
    fromJson(desc, json, { registry });
    return true;
  } catch {
    return false;
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
