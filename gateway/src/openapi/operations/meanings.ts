import { status } from '@grpc/grpc-js';
import type { Reason } from '#shared/errors/fault';

/** The answers to calls that fail, by HTTP status: the response's name among the components, and what it means. */
export const meanings = new Map<number, { name: string; text: string; code: status; example: Reason }>([
  [
    400,
    {
      name: 'BadRequest',
      text: 'The request is wrong, or what it is about is not in the state for it.',
      code: status.INVALID_ARGUMENT,
      example: 'INVALID_REQUEST',
    },
  ],
  [
    401,
    {
      name: 'Unauthenticated',
      text: 'There is no token, or none that is good.',
      code: status.UNAUTHENTICATED,
      example: 'UNAUTHENTICATED',
    },
  ],
  [
    403,
    {
      name: 'PermissionDenied',
      text: 'The caller may not do this.',
      code: status.PERMISSION_DENIED,
      example: 'ACCESS_DENIED',
    },
  ],
  [
    404,
    {
      name: 'NotFound',
      text: 'There is no such thing, or it is another’s.',
      code: status.NOT_FOUND,
      example: 'ROUTE_NOT_FOUND',
    },
  ],
  [
    409,
    {
      name: 'Conflict',
      text: 'It exists already, or has changed since.',
      code: status.ABORTED,
      example: 'ETAG_MISMATCH',
    },
  ],
  [
    413,
    {
      name: 'ContentTooLarge',
      text: 'The body is larger than this entry point takes.',
      code: status.RESOURCE_EXHAUSTED,
      example: 'REQUEST_TOO_LARGE',
    },
  ],
  [
    415,
    {
      name: 'UnsupportedMediaType',
      text: 'The body is of a type that this method does not read.',
      code: status.INVALID_ARGUMENT,
      example: 'CONTENT_TYPE_UNSUPPORTED',
    },
  ],
  [
    429,
    {
      name: 'TooManyRequests',
      text: 'Too much is asked for; later it may be granted.',
      code: status.RESOURCE_EXHAUSTED,
      example: 'RATE_LIMITED',
    },
  ],
  [499, { name: 'ClientClosedRequest', text: 'The caller went away.', code: status.CANCELLED, example: 'CANCELLED' }],
  [
    500,
    {
      name: 'InternalError',
      text: 'Something is wrong that is not the caller’s fault.',
      code: status.INTERNAL,
      example: 'INTERNAL',
    },
  ],
  [
    501,
    {
      name: 'NotImplemented',
      text: 'No service has this method.',
      code: status.UNIMPLEMENTED,
      example: 'METHOD_UNKNOWN',
    },
  ],
  [
    503,
    {
      name: 'Unavailable',
      text: 'What is needed for an answer is away for a while.',
      code: status.UNAVAILABLE,
      example: 'DEPENDENCY_UNAVAILABLE',
    },
  ],
  [
    504,
    {
      name: 'DeadlineExceeded',
      text: 'There was no answer in time.',
      code: status.DEADLINE_EXCEEDED,
      example: 'DEADLINE_EXCEEDED',
    },
  ],
]);
