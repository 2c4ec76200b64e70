import type { status } from '@grpc/grpc-js';
import type { Schema } from '../schema.ts';
import { statusSchema } from '../schemas/statusSchema.ts';
import type { Making } from './context.ts';
import type { SharedHeaders } from './headers.ts';
import { meanings } from './meanings.ts';
import { reasonsByStatus } from './reasons.ts';

/** What every operation may answer instead of a result. `withBody`: whether the request has one that can be too large. */
export function failureReferences(withBody: boolean): Record<string, Schema> {
  const statuses = [...meanings].filter(([code]) => withBody || (code !== 413 && code !== 415));
  return Object.fromEntries(statuses.map(([code, { name }]) => [code, { $ref: `#/components/responses/${name}` }]));
}

/** The shared responses, each with the reasons of the catalogue that lead to it. */
export function failureResponses({ registry, schemas, headers }: Making, withBodies: boolean): Record<string, Schema> {
  const reasons = reasonsByStatus(registry);
  const statuses = [...meanings].filter(([code]) => withBodies || (code !== 413 && code !== 415));
  return Object.fromEntries(
    statuses.map(([code, { name, text, code: grpcCode, example }]) => {
      const known = reasons.get(code) ?? [];
      const list = known
        .map(({ reason, comment }) => `\n- \`${reason}\`${comment === '' ? '' : `: ${comment}`}`)
        .join('');
      const shown = known.some(({ reason }) => reason === example) ? example : undefined;
      return [
        name,
        {
          description: `${text}${list === '' ? '' : `\n${list}`}`,
          headers: { 'X-Request-Id': headers.header('X-Request-Id'), ...headersOf(headers, code) },
          content: {
            'application/json': {
              schema: statusSchema(schemas, registry),
              example: exampleBody(grpcCode, text, shown),
            },
          },
          ...(known.length > 0 ? { 'x-reasons': known.map(({ reason }) => reason) } : {}),
        },
      ];
    }),
  );
}

function headersOf(headers: SharedHeaders, code: number): Schema {
  switch (code) {
    case 401:
      return { 'WWW-Authenticate': { description: 'How to sign in.', schema: { type: 'string' } } };
    case 429:
    case 503:
      return { 'Retry-After': headers.header('Retry-After') };
    default:
      return {};
  }
}

function exampleBody(code: status, text: string, reason: string | undefined): Schema {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'jangbu', metadata: {} };
  const violation = { field: 'name', description: 'must not be empty', reason: '' };
  const bad = { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] };
  const details = [...(reason === undefined ? [] : [info]), ...(reason === 'INVALID_REQUEST' ? [bad] : [])];
  return { code, message: text, details };
}
