import type { Binding } from '../../routes/binding.ts';
import { takesBytes } from '../../transcode/requestMessage.ts';
import type { RequestExample } from '../examples/requestExample.ts';
import { fieldRules, isIgnored } from '../rules/fieldRules.ts';
import type { Schema } from '../schema.ts';
import { messageSchema } from '../schemas/messageSchema.ts';
import { valueSchema } from '../schemas/valueSchema.ts';
import { hasOwnFields } from '../schemas/wellKnown.ts';
import type { Making } from './context.ts';

/** The body of a request; undefined where the method takes none. */
export function requestBody(making: Making, binding: Binding, example: RequestExample | undefined): Schema | undefined {
  if (binding.body.kind === 'none') return undefined;
  if (takesBytes(binding)) return { required: true, content: { 'application/octet-stream': {}, '*/*': {} } };
  const schema = bodySchema(making, binding);
  if (isClientStream(binding))
    return { required: true, content: { 'application/x-ndjson': lines(schema, example?.body) } };
  const shown = example?.body === undefined ? {} : { example: example.body };
  const required = isNeeded(making, binding);
  return { ...(required ? { required } : {}), content: { 'application/json': { schema, ...shown } } };
}

function bodySchema({ schemas }: Making, { method, body, pathFields }: Binding): Schema {
  if (body.kind === 'field') {
    const { field } = body;
    const bound = pathFields.flatMap((path) => (path[0] === field && path.length > 1 ? [path.slice(1)] : []));
    if (bound.length === 0 || field.fieldKind !== 'message') return schemas.field(field, 'input');
    return messageSchema(schemas, field.message, isIgnored(fieldRules(field)) ? 'unchecked' : 'input', bound);
  }
  if (pathFields.length === 0 || !hasOwnFields(method.input)) {
    return valueSchema(schemas, { scalar: undefined, enum: undefined, message: method.input }, undefined, 'input');
  }
  return messageSchema(schemas, method.input, 'input', pathFields);
}

/** An empty body is a body without members, so it does where nothing is demanded of them. */
function isNeeded({ schemas }: Making, { method, body, pathFields }: Binding): boolean {
  const { fields, groups } = schemas.validation.missing(method.input);
  if (body.kind === 'field') return fields.has(body.field);
  const inPath = new Set(pathFields.flatMap((path) => path.slice(0, 1)));
  return groups.length > 0 || [...fields].some((field) => !inPath.has(field));
}

/** A stream in a body: as many lines as there are messages, each line the JSON of one. */
export function lines(schema: Schema, example: unknown, error?: Schema): Schema {
  return {
    schema: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: error ? { anyOf: [schema, error] } : schema,
      description: 'One JSON message a line.',
    },
    ...(example === undefined ? {} : { example: `${JSON.stringify(example)}\n` }),
  };
}

export function isClientStream({ method }: Binding): boolean {
  return method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
}
