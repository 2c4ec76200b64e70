import { create, type Message, type Registry } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { invalidField } from '#shared/errors/fault';
import type { Binding } from '../routes/binding.ts';
import type { Capture } from '../routes/router.ts';
import { assignText } from './assign.ts';
import { messageFromJson } from './jsonBody.ts';
import { assignQuery, type Parameter } from './query.ts';

/** Everything of an HTTP request that ends up in the request message, besides the body. */
export interface Address {
  binding: Binding;
  captures: readonly Capture[];
  parameters: readonly Parameter[];
}

export interface MessageOptions {
  registry: Registry;
  /** How deep a JSON body may be nested. */
  jsonDepth: number;
  unknownQuery: 'refuse' | 'ignore';
}

/** Precedence as in google/api/http.proto: the body first, then the path over it, then the query for what is left. */
export function requestFromJson(address: Address, body: Buffer, options: MessageOptions): Message {
  const { input } = address.binding.method;
  const message = messageFromJson(input, address.binding.body, body, options.registry, options.jsonDepth);
  addressInto(address, message, options);
  return message;
}

/** A request whose body is a google.api.HttpBody: the bytes go through as they are. */
export function requestFromBytes(
  address: Address,
  contentType: string,
  data: Uint8Array,
  options: MessageOptions,
): Message {
  const message = bytesMessage(address.binding, contentType, data);
  addressInto(address, message, options);
  return message;
}

/** A message that holds a piece of raw body and nothing else. */
export function bytesMessage(binding: Binding, contentType: string, data: Uint8Array): Message {
  const { input } = binding.method;
  if (binding.body.kind !== 'field') return create(input, { contentType, data } as never);
  const message = create(input);
  const field = binding.body.field;
  if (field.fieldKind === 'message') {
    const piece = create(field.message, { contentType, data } as never);
    reflect(input, message).set(field, reflect(field.message, piece));
  }
  return message;
}

function addressInto(address: Address, message: Message, options: MessageOptions): void {
  const { binding, captures, parameters } = address;
  for (const [index, { variable, value }] of captures.entries()) {
    const path = binding.pathFields[index] ?? [];
    const problem = assignText(binding.method.input, message, path, value);
    if (problem) throw invalidField(variable.fieldPath.join('.'), problem);
  }
  assignQuery(binding, message, parameters, options.unknownQuery);
}

const httpBody = 'google.api.HttpBody';

/** Whether the HTTP body goes into the request as raw bytes. */
export function takesBytes({ method, body }: Binding): boolean {
  if (body.kind === 'all') return method.input.typeName === httpBody;
  return body.kind === 'field' && body.field.fieldKind === 'message' && body.field.message.typeName === httpBody;
}

/** Whether the response goes out as raw bytes. */
export function givesBytes({ method, responseField }: Binding): boolean {
  const desc = responseField ? responseField.message : method.output;
  return desc?.typeName === httpBody;
}
