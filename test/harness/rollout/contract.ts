import { fileURLToPath } from 'node:url';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { loadContract } from '../../../gateway/src/contract/contract.ts';

/** Says of a method's path whether the contract allows that it is called again: as the mesh's routes are made from it. */
export function idempotentPaths(): (path: string) => boolean {
  const { services } = loadContract(fileURLToPath(new URL('../../../proto/gen/image.binpb', import.meta.url)));
  const paths = services
    .flatMap(({ methods }) => methods)
    .filter(({ idempotency }) => idempotency === Level.NO_SIDE_EFFECTS || idempotency === Level.IDEMPOTENT)
    .map(({ parent, name }) => `/${parent.typeName}/${name}`);
  const known = new Set(paths);
  return (path) => known.has(path);
}
