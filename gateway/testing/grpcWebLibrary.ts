import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import grpcWeb, { type Metadata, type RpcError, type Status } from 'grpc-web';

/** Everything that the library's callbacks said of one call. */
export interface LibraryAnswer {
  messages: Message[];
  metadata: Metadata;
  status: Status | undefined;
  error: RpcError | undefined;
}

/** Calls a method with the library grpc-web, whose generated code its descriptor stands in for. */
export function callWithLibrary(
  url: string,
  service: DescService,
  name: string,
  request: object,
  options: { format?: 'text' | 'binary'; metadata?: Metadata } = {},
): Promise<LibraryAnswer> {
  const method = service.methods.find((each) => each.name === name);
  if (!method) throw new Error(`${service.typeName} has no ${name}`);
  const client = new grpcWeb.GrpcWebClientBase({
    format: options.format ?? 'text',
    suppressCorsPreflight: false,
  } as never);
  const path = `${url}/${service.typeName}/${name}`;
  const message = create(method.input, request as MessageInitShape<DescMethod['input']>);
  const answer: LibraryAnswer = { messages: [], metadata: {}, status: undefined, error: undefined };
  return new Promise((resolve) => {
    const metadata = options.metadata ?? {};
    if (method.methodKind === 'server_streaming') {
      const stream = client.serverStreaming(path, message, metadata, descriptor(path, method));
      stream.on('data', (received) => answer.messages.push(received));
      stream.on('metadata', (received) => Object.assign(answer.metadata, received));
      stream.on('status', (status) => {
        answer.status = status;
      });
      stream.on('error', (error) => {
        answer.error = error;
        resolve(answer);
      });
      stream.on('end', () => resolve(answer));
      return;
    }
    const call = client.rpcCall(path, message, metadata, descriptor(path, method), (error, received) => {
      if (error) answer.error = error;
      else answer.messages.push(received);
      // Metadata and status are said after the callback.
      setTimeout(() => resolve(answer), 50);
    });
    call.on('metadata', (received) => Object.assign(answer.metadata, received));
    call.on('status', (status) => {
      answer.status = status;
    });
  });
}

function descriptor(path: string, method: DescMethod): grpcWeb.MethodDescriptor<Message, Message> {
  const kind =
    method.methodKind === 'server_streaming' ? grpcWeb.MethodType.SERVER_STREAMING : grpcWeb.MethodType.UNARY;
  return new grpcWeb.MethodDescriptor(
    path,
    kind,
    Object as never,
    Object as never,
    (message: Message) => toBinary(method.input, message),
    (bytes: Uint8Array) => fromBinary(method.output, bytes),
  );
}
