import type { JsonValue } from '@bufbuild/protobuf';

/** How many members the objects of a JSON value have, all together. */
export function countMembers(json: JsonValue): number {
  if (json === null || typeof json !== 'object') return 0;
  let count = 0;
  if (Array.isArray(json)) {
    for (const element of json) count += countMembers(element);
  } else {
    for (const name in json) count += 1 + countMembers(json[name] ?? null);
  }
  return count;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

interface Open {
  /** The names so far; undefined in a list. */
  names: Set<string> | undefined;
  step: string;
  index: number;
}

/** The path of the first member that an object of this JSON text names twice, of which a parser shows the last one only. */
export function duplicateMember(text: string): string | undefined {
  const open: Open[] = [];
  let string = '';
  for (const [token] of text.matchAll(tokens)) {
    const inside = open.at(-1);
    if (token === '{') open.push({ names: new Set(), step: '', index: 0 });
    else if (token === '[') open.push({ names: undefined, step: '[0]', index: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && inside && !inside.names) inside.step = `[${++inside.index}]`;
    else if (token === ':' && inside?.names) {
      const name = JSON.parse(string) as string;
      inside.step = open.length > 1 ? `.${name}` : name;
      if (inside.names.has(name)) return open.map(({ step }) => step).join('');
      inside.names.add(name);
    } else string = token;
  }
  return undefined;
}
