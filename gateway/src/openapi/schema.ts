/** A JSON Schema of draft 2020-12, which is what OpenAPI 3.1 has for schemas. */
export interface Schema {
  [keyword: string]: unknown;
}

/** A schema with a text to it; what the schema itself says of its values goes last. */
export function described(schema: Schema, ...texts: (string | undefined)[]): Schema {
  const { description, ...rest } = schema;
  const parts = [...texts, description].filter((text) => typeof text === 'string' && text !== '');
  return parts.length === 0 ? schema : { ...rest, description: parts.join(' ') };
}
