import type { DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { Binding } from '../../routes/binding.ts';
import { givesBytes } from '../../transcode/requestMessage.ts';
import { commentOf } from '../comments.ts';
import type { Schema } from '../schema.ts';
import { breakSchema } from '../schemas/statusSchema.ts';
import { nullable, valueSchema } from '../schemas/valueSchema.ts';
import type { Making } from './context.ts';
import { failureReferences } from './failures.ts';
import { lines } from './requestBody.ts';

/** What an operation answers, by HTTP status. */
export function responses(making: Making, binding: Binding): Record<string, Schema> {
  return {
    200: success(making, binding),
    ...(isRead(binding) ? { 304: { description: 'What the caller has is still so.' } } : {}),
    ...failureReferences(binding.body.kind !== 'none'),
  };
}

function success(making: Making, binding: Binding): Schema {
  const { headers } = making;
  const raw = givesBytes(binding);
  return {
    description: raw ? 'The file.' : commentOf(answerOf(binding) ?? binding.method.output) || 'Done.',
    headers: {
      'X-Request-Id': headers.header('X-Request-Id'),
      ...(isRead(binding) || hasVersion(binding) ? { ETag: headers.header('ETag') } : {}),
      ...(raw ? { 'Content-Disposition': headers.header('Content-Disposition') } : {}),
    },
    content: raw ? { '*/*': {} } : content(making, binding),
  };
}

/** A stream can be had as lines, as events or as an array, by `Accept`; its last message can be an error. */
function content(making: Making, binding: Binding): Record<string, Schema> {
  const schema = answerSchema(making, binding);
  if (!isServerStream(binding)) return { 'application/json': { schema } };
  const error = breakSchema(making.schemas, making.registry);
  return {
    'application/x-ndjson': lines(schema, undefined, error),
    'text/event-stream': {
      schema: {
        type: 'string',
        description: 'Server-sent events: `data: ` and one JSON message each; `event: error` where the stream breaks.',
        contentMediaType: 'application/json',
        contentSchema: { anyOf: [schema, error] },
      },
    },
    'application/json': { schema: { type: 'array', items: { anyOf: [schema, error] } } },
  };
}

function answerSchema({ schemas }: Making, { method, responseField }: Binding): Schema {
  if (!responseField) {
    return valueSchema(schemas, { scalar: undefined, enum: undefined, message: method.output }, undefined, 'answer');
  }
  const schema = schemas.field(responseField, 'answer');
  return responseField.fieldKind === 'message' ? nullable(schema) : schema;
}

/** The message that is the HTTP body. */
function answerOf({ method, responseField }: Binding): DescMessage | undefined {
  if (!responseField) return method.output;
  return responseField.fieldKind === 'message' ? responseField.message : undefined;
}

/** Whether the answer is a resource with an `etag`, which is its `ETag` header, too. */
export function hasVersion(binding: Binding): boolean {
  if (isServerStream(binding)) return false;
  return isText(answerOf(binding), 'etag');
}

function isText(desc: DescMessage | undefined, name: string): boolean {
  return desc?.fields.some((field) => field.jsonName === name && field.scalar === ScalarType.STRING) ?? false;
}

/** Whether the answer can be held by the caller and asked for again. */
export function isRead(binding: Binding): boolean {
  return (binding.httpMethod === 'GET' || binding.httpMethod === 'HEAD') && !isServerStream(binding);
}

function isServerStream({ method }: Binding): boolean {
  return method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming';
}
