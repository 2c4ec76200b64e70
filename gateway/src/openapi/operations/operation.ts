import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import type { Binding } from '../../routes/binding.ts';
import { commentOf, firstSentence } from '../comments.ts';
import { requestExample } from '../examples/requestExample.ts';
import type { Placed } from '../paths/pathTable.ts';
import type { Schema } from '../schema.ts';
import { type DeclaredAccess, declaredAccess } from './access.ts';
import type { Making } from './context.ts';
import { pathParameters, queryParameters } from './parameters.ts';
import { requestBody } from './requestBody.ts';
import { hasVersion, isRead, responses } from './responses.ts';

/** One binding of one method as an operation. */
export function operation(making: Making, placed: Placed, names: { id: string; tag: string }): Schema {
  const { binding } = placed;
  const { method } = binding;
  const access = making.declares ? declaredAccess(binding) : undefined;
  const example = requestExample(making.examples, placed);
  const body = requestBody(making, binding, example);
  return {
    operationId: names.id,
    tags: [names.tag],
    summary: firstSentence(commentOf(method)) || method.name,
    ...descriptionOf(binding, access),
    ...(method.deprecated || method.parent.deprecated ? { deprecated: true } : {}),
    parameters: [
      ...pathParameters(making, placed, example),
      ...queryParameters(making, placed, example),
      ...headerParameters(making, binding, access),
    ],
    ...(body ? { requestBody: body } : {}),
    responses: responses(making, binding),
    ...securityOf(making, access),
    ...(access ? { 'x-jangbu-roles': access.roles } : {}),
    'x-grpc-method': binding.grpcPath.slice(1),
  };
}

function descriptionOf({ method }: Binding, access: DeclaredAccess | undefined): Schema {
  const parts = [commentOf(method), access?.text ?? ''].filter((text) => text !== '');
  return parts.length > 0 ? { description: parts.join('\n\n') } : {};
}

/** Methods without the option are open to whatever the service says, so a token may be sent and need not. */
function securityOf({ declares }: Making, access: DeclaredAccess | undefined): Schema {
  if (!declares) return {};
  return { security: access?.anonymous ? [] : [{ bearer: [] }] };
}

function headerParameters(
  { declares, headers }: Making,
  binding: Binding,
  access: DeclaredAccess | undefined,
): Schema[] {
  const { idempotency } = binding.method;
  const changes =
    idempotency !== Level.NO_SIDE_EFFECTS && binding.httpMethod !== 'GET' && binding.httpMethod !== 'HEAD';
  const keyed =
    declares && changes && access !== undefined && binding.method.methodKind === 'unary' && !access.anonymous;
  return [
    ...(keyed ? [headers.parameter('Idempotency-Key')] : []),
    ...(declares && changes && isVersioned(binding) ? [headers.parameter('If-Match')] : []),
    ...(isRead(binding) ? [headers.parameter('If-None-Match')] : []),
    headers.parameter('X-Request-Id'),
    headers.parameter('X-Server-Timeout'),
  ];
}

/** Whether something that exists already is changed, which has a version. */
function isVersioned(binding: Binding): boolean {
  if (binding.pathFields.length === 0) return false;
  const { body, method } = binding;
  const messages = [method.input, body.kind === 'field' ? body.field.message : undefined];
  return (
    hasVersion(binding) || messages.some((desc) => desc?.fields.some(({ jsonName }) => jsonName === 'etag') ?? false)
  );
}
