import { create, type DescMethod, type DescService, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { ServiceDefinition } from '@grpc/grpc-js';

/** What grpc-js needs to serve a service, made from its descriptor alone. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.name, methodDefinition(service, method)]));
}

function methodDefinition(service: DescService, method: DescMethod) {
  const request = codec(method.input);
  const response = codec(method.output);
  return {
    path: `/${service.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: request.out,
    requestDeserialize: request.in,
    responseSerialize: response.out,
    responseDeserialize: response.in,
  };
}

function codec(desc: DescMethod['input']) {
  return {
    out: (message: Message) => Buffer.from(toBinary(desc, create(desc, message as never))),
    in: (bytes: Buffer) => fromBinary(desc, bytes),
  };
}
