import type { Registry } from '@bufbuild/protobuf';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#google/rpc/error_details';
import type { Schema } from '../schema.ts';
import type { Schemas } from './schemas.ts';

/** google.rpc.Status as the gateway writes it. */
export function statusSchema(schemas: Schemas, registry: Registry): Schema {
  return schemas.components.refer('google.rpc.Status-error', () => {
    // The contract's own descriptors of them, where it has them, for they carry comments.
    const details = [ErrorInfoSchema, BadRequestSchema, RetryInfoSchema].map(
      (desc) => registry.getMessage(desc.typeName) ?? desc,
    );
    const urlOf = (typeName: string) => `type.googleapis.com/${typeName}`;
    const known = details.map((desc) => ({
      allOf: [schemas.message(desc, 'answer'), { properties: { '@type': { const: urlOf(desc.typeName) } } }],
    }));
    const other = { properties: { '@type': { not: { enum: details.map(({ typeName }) => urlOf(typeName)) } } } };
    return {
      title: 'Status',
      type: 'object',
      description: 'Why a call failed.',
      properties: {
        code: { type: 'integer', format: 'int32', description: 'The gRPC status.' },
        message: { type: 'string', description: 'For people who write programs; its words may change.' },
        details: {
          type: 'array',
          description:
            'What programs can go by: ErrorInfo with a reason that stays as it is, BadRequest with the fields that are wrong, RetryInfo.',
          items: {
            type: 'object',
            properties: { '@type': { type: 'string' } },
            required: ['@type'],
            anyOf: [...known, other],
          },
        },
      },
      required: ['code', 'message', 'details'],
    };
  });
}

/** The last message of a stream that breaks. */
export function breakSchema(schemas: Schemas, registry: Registry): Schema {
  return schemas.components.refer('google.rpc.Status-break', () => ({
    title: 'Break',
    type: 'object',
    description: 'The stream broke after its first message.',
    properties: { error: statusSchema(schemas, registry) },
    required: ['error'],
  }));
}
