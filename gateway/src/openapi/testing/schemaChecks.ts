import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Schema } from '../schema.ts';

/** Checks values against schemas of a document, as any validator of draft 2020-12 would. */
export class SchemaChecks {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uint32: true, uint64: true } });

  constructor(document: Schema) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'document');
  }

  /** `pointer`: where the schema is in the document, such as `/paths/~1v1~1things/get/…/schema`. Answers what is wrong. */
  faults(pointer: string, value: unknown): string[] {
    const validate = this.#ajv.getSchema(`document#${pointer}`);
    if (!validate) throw new Error(`there is no schema at ${pointer}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    );
  }
}
