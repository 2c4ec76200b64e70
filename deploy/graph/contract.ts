import { readFileSync } from 'node:fs';
import { createFileRegistry, type DescMethod, fromBinary, getOption, hasOption } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { access, Role } from '#proto/common/v1/options';
import { type ServiceName, serviceNames } from '#shared/config/service';

const image = new URL('../../proto/gen/image.binpb', import.meta.url);

/** Every method of the contracts as they are published, so that one that nobody imports is looked at too. */
export function contractMethods(): DescMethod[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  return [...registry.files]
    .filter(({ proto }) => proto.package.startsWith('jangbu.'))
    .flatMap(({ services }) => services)
    .flatMap(({ methods }) => methods);
}

/** Who serves a method: the service of its package, and all of them what is in `jangbu.common`. */
export function serversOf({ parent }: DescMethod): readonly ServiceName[] {
  const folder = parent.file.proto.package.split('.')[1];
  return folder === 'common' ? serviceNames : serviceNames.filter((name) => name === folder);
}

/** Whether anybody but a service may call it. */
export function isForPeople(method: DescMethod): boolean {
  return hasOption(method, access) && getOption(method, access).roles.some((role) => role !== Role.SERVICE);
}
