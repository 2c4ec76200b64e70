import type { FieldPath } from '../../routes/fieldPath.ts';
import type { Template } from '../../routes/template.ts';

/** One `{…}` of an OpenAPI path. */
export interface PathParameter {
  name: string;
  /** Index of the template's variable that it is, or is a part of; undefined for a wildcard that no field takes. */
  variable: number | undefined;
  /** Whether the template has `**` here: several segments, or none. */
  rest: boolean;
}

export type PathPart = { literal: string } | PathParameter;

/** A path as OpenAPI can write it, where a parameter is one segment. */
export interface OpenApiPath {
  parts: PathPart[];
  verb: string;
}

// OpenAPI's parameters are single segments, so a variable of several is written out as its literals and wildcards. These get the names
// that Google's discovery documents give them in `flatPath`: `{name=shelves/*/books/*}` is `shelves/{shelvesId}/books/{booksId}`.
export function openApiPath(template: Template, pathFields: readonly FieldPath[]): OpenApiPath {
  const names = new Set<string>();
  const parts = template.segments.map((segment, at): PathPart => {
    if (segment.kind === 'literal') return { literal: segment.text };
    const found = template.variables.findIndex(({ from, to }) => from <= at && at < to);
    const variable = template.variables[found];
    const field = (pathFields[found] ?? []).map(({ jsonName }) => jsonName).join('.');
    const rest = segment.kind === 'rest';
    const whole = variable !== undefined && variable.to - variable.from === 1;
    const wanted = whole ? field : nameByLiteral(template, at, rest) || field || 'segment';
    return { name: unused(names, wanted), variable: found < 0 ? undefined : found, rest };
  });
  return { parts, verb: template.verb };
}

/** The path as text; `names` replaces its parameters' names, in their order. */
export function pathText({ parts, verb }: OpenApiPath, names?: readonly string[]): string {
  let index = 0;
  const segments = parts.map((part) => {
    if ('literal' in part) return encodeURIComponent(part.literal);
    return `{${names?.[index++] ?? part.name}}`;
  });
  return `/${segments.join('/')}${verb === '' ? '' : `:${verb}`}`;
}

export function parametersOf({ parts }: OpenApiPath): PathParameter[] {
  return parts.flatMap((part) => ('literal' in part ? [] : [part]));
}

/** Writes a `**` at the end as one segment more, which is another of the paths that it stands for. */
export function widened(path: OpenApiPath): OpenApiPath | undefined {
  const last = path.parts.at(-1);
  if (last === undefined || 'literal' in last || !last.rest) return undefined;
  const names = new Set(parametersOf(path).map(({ name }) => name));
  const first = parametersOf(path).find(({ rest }) => rest) ?? last;
  return { ...path, parts: [...path.parts, { ...last, name: unused(names, first.name) }] };
}

function nameByLiteral({ segments }: Template, at: number, rest: boolean): string {
  const before = segments[at - 1];
  if (before?.kind !== 'literal' || !/^[A-Za-z][\w-]*$/.test(before.text)) return '';
  return before.text + (rest ? 'Path' : 'Id');
}

function unused(names: Set<string>, wanted: string): string {
  let name = wanted;
  for (let number = 2; names.has(name); number++) name = `${wanted}${number}`;
  names.add(name);
  return name;
}
