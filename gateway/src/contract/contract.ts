import { readFileSync } from 'node:fs';
import { createFileRegistry, createRegistry, type DescService, fromBinary, type Registry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { file_google_rpc_error_details } from '#google/rpc/error_details';

/** What the gateway fronts: the services of a descriptor image and every type they need. */
export interface Contract {
  services: DescService[];
  /** Resolves `google.protobuf.Any`, and so the details of errors, whether the image has their types or not. */
  registry: Registry;
}

export function loadContract(path: string): Contract {
  let image: Uint8Array;
  try {
    image = readFileSync(path);
  } catch (error) {
    throw new Error(`The descriptor image ${path} cannot be read (\`npm run generate\` writes it).`, { cause: error });
  }
  return readContract(image, path);
}

/** `image` is a FileDescriptorSet such as `buf build --as-file-descriptor-set` writes. */
export function readContract(image: Uint8Array, name = 'image'): Contract {
  try {
    const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
    return {
      services: [...files].filter((desc) => desc.kind === 'service'),
      registry: createRegistry(file_google_rpc_error_details, files),
    };
  } catch (error) {
    throw new Error(`The descriptor image ${name} is not a FileDescriptorSet with all its imports.`, { cause: error });
  }
}
