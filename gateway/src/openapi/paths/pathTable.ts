import type { Binding } from '../../routes/binding.ts';
import { type OpenApiPath, openApiPath, type PathParameter, parametersOf, pathText, widened } from './openApiPath.ts';

/** The HTTP methods that a path item has a name for. */
const httpMethods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'];

/** A binding with its place in the document. */
export interface Placed {
  binding: Binding;
  path: string;
  /** The path item's member, such as `get`. */
  member: string;
  /** The path's parameters, in their order, by the names that this path has for them. */
  parameters: PathParameter[];
}

export interface PathTable {
  placed: Placed[];
  /** Bindings that OpenAPI cannot say, most of them of HTTP methods that it has no name for. */
  unsaid: Binding[];
}

/**
 * Gives every binding a path of its own. Two paths that differ only in their parameters' names are one path to OpenAPI, so the first names
 * them for all; where `**` would meet another operation of the same method, it is written with one segment more.
 */
export function pathTable(bindings: readonly Binding[]): PathTable {
  const table: PathTable = { placed: [], unsaid: [] };
  const known = new Map<string, { names: string[]; members: Set<string> }>();
  for (const binding of bindings) {
    const member = binding.httpMethod.toLowerCase();
    let path: OpenApiPath | undefined = httpMethods.includes(binding.httpMethod)
      ? openApiPath(binding.template, binding.pathFields)
      : undefined;
    while (path && known.get(shapeOf(path))?.members.has(member)) path = widened(path);
    if (!path) {
      table.unsaid.push(binding);
      continue;
    }
    const parameters = parametersOf(path);
    const shape = shapeOf(path);
    const item = known.get(shape) ?? { names: parameters.map(({ name }) => name), members: new Set<string>() };
    known.set(shape, item);
    item.members.add(member);
    table.placed.push({
      binding,
      member,
      path: pathText(path, item.names),
      parameters: parameters.map((parameter, index) => ({ ...parameter, name: item.names[index] ?? parameter.name })),
    });
  }
  return table;
}

function shapeOf(path: OpenApiPath): string {
  return pathText(path).replaceAll(/\{[^}]*\}/g, '{}');
}
