import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as health } from 'grpc-health-check';
import type { Implementation } from './implement.ts';

/** Serves gRPC reflection (v1 and v1alpha) for the implementations, straight from the generated descriptors, and for the health service. */
export function addReflection(server: Server, implementations: Implementation[]): void {
  const files = new Map<string, DescFile>();
  const collect = (file: DescFile) => {
    if (files.has(file.name)) return;
    files.set(file.name, file);
    for (const dependency of file.dependencies) collect(dependency);
  };
  for (const { service } of implementations) collect(service.file);
  const encoded = [...files.values()].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  const { requestType } = health.Check as { requestType?: { fileDescriptorProtos: Buffer<ArrayBuffer>[] } };
  encoded.push(...(requestType?.fileDescriptorProtos ?? []));
  // The library takes what proto-loader makes of .proto files, and of that reads nothing but these encoded files.
  const definition = {
    files: { fileDescriptorProtos: encoded },
  } as unknown as ConstructorParameters<typeof ReflectionService>[0];
  new ReflectionService(definition, {
    services: [...implementations.map(({ service }) => service.typeName), 'grpc.health.v1.Health'],
  }).addToServer(server);
}
