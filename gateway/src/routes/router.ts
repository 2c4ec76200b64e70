import type { Template, Variable } from './template.ts';

interface Leaf<T> {
  template: Template;
  target: T;
}

/** Children by kind; ends by verb, then by HTTP method. `rest` has ends only, because `**` is always last. */
interface Node<T> {
  literals: Map<string, Node<T>>;
  one?: Node<T>;
  rest?: Node<T>;
  ends: Map<string, Map<string, Leaf<T>>>;
}

export type Found<T> =
  | { kind: 'found'; target: T; captures: Capture[] }
  | { kind: 'otherMethod'; allowed: string[] }
  | { kind: 'none' }
  | { kind: 'malformed' };

export interface Capture {
  variable: Variable;
  value: string;
}

/**
 * Finds what a method and path lead to. At every segment a literal is tried before `*` and that before `**`, so the
 * more specific template wins whatever the order of declaration; where it serves other HTTP methods only, the next one gets its chance.
 */
export class Router<T> {
  readonly #root: Node<T> = emptyNode();

  /** Answers the target that has the same template and method already, and then changes nothing. */
  add(httpMethod: string, template: Template, target: T): T | undefined {
    let node = this.#root;
    for (const segment of template.segments) {
      switch (segment.kind) {
        case 'literal':
          node = getOrAdd(node.literals, segment.text, emptyNode<T>);
          break;
        case 'one':
          node.one ??= emptyNode();
          node = node.one;
          break;
        case 'rest':
          node.rest ??= emptyNode();
          node = node.rest;
          break;
        default:
          segment satisfies never;
      }
    }
    const byMethod = getOrAdd(node.ends, template.verb, () => new Map<string, Leaf<T>>());
    const taken = byMethod.get(httpMethod);
    if (taken) return taken.target;
    byMethod.set(httpMethod, { template, target });
    return undefined;
  }

  /** `path` is the request's path as sent, still percent-encoded and without the query. */
  find(httpMethod: string, path: string): Found<T> {
    if (!path.startsWith('/')) return { kind: 'none' };
    const segments = path.slice(1).split('/');
    const search = new Search<T>(httpMethod);
    const last = segments.at(-1) ?? '';
    const colon = last.lastIndexOf(':');
    if (colon === 0) return { kind: 'none' };
    try {
      if (colon > 0) {
        const bare = [...segments.slice(0, -1), last.slice(0, colon)];
        if (search.descend(this.#root, bare, 0, decodeURIComponent(last.slice(colon + 1)))) return search.found(bare);
      }
      if (search.descend(this.#root, segments, 0, '')) return search.found(segments);
    } catch (error) {
      if (error instanceof URIError) return { kind: 'malformed' };
      throw error;
    }
    return search.allowed.size > 0 ? { kind: 'otherMethod', allowed: [...search.allowed].sort() } : { kind: 'none' };
  }
}

class Search<T> {
  readonly allowed = new Set<string>();
  readonly #method: string;
  #leaf: Leaf<T> | undefined;

  constructor(method: string) {
    this.#method = method;
  }

  descend(node: Node<T>, segments: string[], at: number, verb: string): boolean {
    if (at === segments.length) {
      if (this.#end(node, verb)) return true;
      return node.rest !== undefined && this.#end(node.rest, verb);
    }
    const segment = segments[at] ?? '';
    if (segment === '') return false;
    const literal = node.literals.get(segment.includes('%') ? decodeURIComponent(segment) : segment);
    if (literal && this.descend(literal, segments, at + 1, verb)) return true;
    if (node.one && this.descend(node.one, segments, at + 1, verb)) return true;
    return node.rest !== undefined && !segments.includes('', at) && this.#end(node.rest, verb);
  }

  found(segments: string[]): Found<T> {
    const leaf = this.#leaf;
    if (!leaf) return { kind: 'none' };
    const captures: Capture[] = [];
    for (const variable of leaf.template.variables) {
      const isLast = variable.to === leaf.template.segments.length;
      const value = capture(variable, segments.slice(variable.from, isLast ? undefined : variable.to));
      if (value === '') return { kind: 'none' };
      captures.push({ variable, value });
    }
    return { kind: 'found', target: leaf.target, captures };
  }

  #end(node: Node<T>, verb: string): boolean {
    const byMethod = node.ends.get(verb);
    if (!byMethod) return false;
    const leaf = byMethod.get(this.#method) ?? (this.#method === 'HEAD' ? byMethod.get('GET') : undefined);
    this.#leaf = leaf ?? byMethod.get('*');
    if (this.#leaf) return true;
    for (const method of byMethod.keys()) this.allowed.add(method);
    return false;
  }
}

/** google/api/http.proto: one segment is decoded whole, several are decoded except `%2F`. */
function capture(variable: Variable, segments: string[]): string {
  if (!variable.multi) return decodeURIComponent(segments[0] ?? '');
  const decode = (text: string) =>
    text.split(/(%2f)/i).map((part, index) => (index % 2 ? part : decodeURIComponent(part)));
  return segments.flatMap((segment, index) => [index === 0 ? '' : '/', ...decode(segment)]).join('');
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), ends: new Map() };
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
