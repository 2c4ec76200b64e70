import type { Schema } from '../schema.ts';

const parameters: Record<string, Schema> = {
  'Idempotency-Key': {
    description:
      'A text of the caller’s own for this one command, such as a UUID. The same key with the same request gives the first answer again and does nothing twice; with another request it is refused (`IDEMPOTENCY_KEY_REUSED`).',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  },
  'If-Match': {
    description:
      'The `ETag` of the version that the change is meant for. Where there is a newer one already, nothing changes (`ETAG_MISMATCH`).',
    schema: { type: 'string' },
  },
  'If-None-Match': {
    description: 'The `ETag` of what the caller has already; if that is still so, the answer is 304 without a body.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'A name for this request in logs and answers; one is made where it is absent.',
    schema: { type: 'string', pattern: '^[!-~]{1,128}$' },
  },
  'X-Server-Timeout': {
    description: 'How many seconds the caller waits for the answer.',
    schema: { type: 'string', pattern: '^[0-9]{1,9}(\\.[0-9]{1,9})?$' },
  },
};

const headers: Record<string, Schema> = {
  'X-Request-Id': { description: 'The request’s name in the logs.', schema: { type: 'string' } },
  ETag: { description: 'The version of what is answered.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'After how many seconds it makes sense to try again.',
    schema: { type: 'integer', minimum: 1 },
  },
  'Content-Disposition': { description: 'A name for the file.', schema: { type: 'string' } },
};

/** Headers that many operations have; keeps those that are referred to. */
export class SharedHeaders {
  readonly #parameters = new Set<string>();
  readonly #headers = new Set<string>();

  parameter(name: keyof typeof parameters & string): Schema {
    this.#parameters.add(name);
    return { $ref: `#/components/parameters/${name}` };
  }

  header(name: keyof typeof headers & string): Schema {
    this.#headers.add(name);
    return { $ref: `#/components/headers/${name}` };
  }

  components(): { parameters: Record<string, Schema>; headers: Record<string, Schema> } {
    const used = Object.entries(parameters).filter(([name]) => this.#parameters.has(name));
    return {
      parameters: Object.fromEntries(used.map(([name, rest]) => [name, { name, in: 'header', ...rest }])),
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => this.#headers.has(name))),
    };
  }
}
