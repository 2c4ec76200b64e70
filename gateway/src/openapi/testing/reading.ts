import type { Schema } from '../schema.ts';

/** One operation of a document, as a tool would find it. */
export interface Operation {
  path: string;
  /** In capitals. */
  method: string;
  id: string;
  /** Where it is in the document. */
  pointer: string;
  parameters: Parameter[];
  body: Content | undefined;
  raw: Schema;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  schema: Schema;
}

export type Content = Record<string, { schema?: Schema; example?: unknown }>;

export function operationsOf(document: Schema): Operation[] {
  return Object.entries(document.paths as Record<string, Record<string, Schema>>).flatMap(([path, item]) =>
    Object.entries(item).map(([member, raw]) => ({
      path,
      method: member.toUpperCase(),
      id: String(raw.operationId),
      pointer: `/paths/${escaped(path)}/${member}`,
      parameters: (raw.parameters as (Parameter & { $ref?: string })[]).map((parameter) =>
        parameter.$ref === undefined ? parameter : (resolve(document, parameter.$ref) as Parameter),
      ),
      body: (raw.requestBody as { content: Content } | undefined)?.content,
      raw,
    })),
  );
}

/** All `$ref`s anywhere in a document. */
export function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesOf(inner),
  );
}

/** What a reference leads to; undefined where it leads nowhere. */
export function resolve(document: Schema, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = document;
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    value = value !== null && typeof value === 'object' ? (value as Schema)[name] : undefined;
  }
  return value;
}

/** Components that nothing refers to. */
export function unusedComponents(document: Schema): string[] {
  const used = new Set(referencesOf(document));
  const schemes = JSON.stringify([document.security, operationsOf(document).map(({ raw }) => raw.security)]);
  return Object.entries(document.components as Record<string, Schema>).flatMap(([kind, components]) =>
    Object.keys(components)
      .filter((name) => !used.has(`#/components/${kind}/${name}`))
      .filter((name) => kind !== 'securitySchemes' || !schemes.includes(`"${name}"`))
      .map((name) => `${kind}/${name}`),
  );
}

function escaped(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}
