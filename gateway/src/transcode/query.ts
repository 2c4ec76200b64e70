import type { DescMessage, Message } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import type { Binding } from '../routes/binding.ts';
import { isTextField, pathName, resolveFieldPath } from '../routes/fieldPath.ts';
import { assignText } from './assign.ts';

export type Parameter = [name: string, value: string];

/** Splits a query string; the `?` is not part of it. */
export function parseQuery(query: string): Parameter[] {
  return query.split('&').flatMap((pair) => {
    if (pair === '') return [];
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name === undefined) throw invalidField('query', 'has a broken percent-encoding in a parameter name');
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (value === undefined) throw invalidField(name, 'has a broken percent-encoding');
    return [[name, value] satisfies Parameter];
  });
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/**
 * Writes query parameters into the request. What the path or the body holds cannot be set here, so a request
 * never says one thing in two ways.
 */
export function assignQuery(
  binding: Binding,
  message: Message,
  parameters: readonly Parameter[],
  unknown: 'refuse' | 'ignore',
): void {
  if (parameters.length === 0) return;
  const input: DescMessage = binding.method.input;
  const taken = new Set<string>();
  for (const [name, value] of parameters) {
    const path = resolveFieldPath(input, name.split('.'));
    const last = path?.at(-1);
    if (!path || !last || !isTextField(last)) {
      if (unknown === 'ignore') continue;
      throw invalidField(name, path ? 'cannot be set by a query parameter' : 'is not a parameter of this method');
    }
    const canonical = pathName(path);
    if (binding.body.kind === 'all' || (binding.body.kind === 'field' && path[0] === binding.body.field)) {
      throw invalidField(name, 'belongs into the body, not into the query');
    }
    if (binding.pathFields.some((bound) => pathName(bound) === canonical)) {
      throw invalidField(name, 'is set by the path already');
    }
    if (last.fieldKind !== 'list' && taken.has(canonical)) throw invalidField(name, 'is given more than once');
    taken.add(canonical);
    const problem = assignText(input, message, path, value);
    if (problem) throw invalidField(name, problem);
  }
}
