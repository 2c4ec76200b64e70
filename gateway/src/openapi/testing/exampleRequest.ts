import type { Operation } from './reading.ts';

/** An operation's example as an HTTP request. */
export interface ExampleRequest {
  method: string;
  /** Path and query, encoded. */
  target: string;
  contentType: string | undefined;
  body: string | undefined;
}

/** Writes a request out of an operation's examples alone; throws where one is missing for what is required. */
export function exampleRequest({ id, path, method, parameters, body }: Operation): ExampleRequest {
  const value = (name: string) => {
    const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
    if (parameter?.example === undefined) throw new Error(`${id} has no example for ${name}`);
    return encodeURIComponent(String(parameter.example));
  };
  const query = parameters.filter((each) => each.in === 'query' && (each.required || each.example !== undefined));
  const search = query.flatMap(({ name, example }) => {
    if (example === undefined) throw new Error(`${id} has no example for ${name}`);
    const values = Array.isArray(example) ? example : [example];
    return values.map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(String(each))}`);
  });
  const target = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => value(name));
  const [contentType, content] = Object.entries(body ?? {})[0] ?? [];
  return {
    method,
    target: search.length > 0 ? `${target}?${search.join('&')}` : target,
    contentType,
    body: contentType === undefined ? undefined : bodyText(contentType, content?.example),
  };
}

function bodyText(contentType: string, example: unknown): string {
  if (contentType === 'application/octet-stream') return 'example';
  return contentType === 'application/json' ? JSON.stringify(example) : String(example);
}
