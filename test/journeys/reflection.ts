import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  create,
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import {
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorMessage: string };
}

const packageRoot = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));

function definitionOf(version: 'v1' | 'v1alpha'): ServiceClientConstructor {
  const file = join(packageRoot, `build/proto/grpc/reflection/${version}/reflection.proto`);
  const loaded = loadPackageDefinition(loadSync(file)) as unknown as {
    grpc: { reflection: Record<string, { ServerReflection: ServiceClientConstructor }> };
  };
  const found = loaded.grpc.reflection[version]?.ServerReflection;
  if (found === undefined) throw new Error(`no reflection ${version}`);
  return found;
}

/** What grpcurl does to list and describe: it asks the server, and knows no file of ours. */
export class ReflectionClient implements Disposable {
  readonly #client: InstanceType<ServiceClientConstructor>;

  constructor(address: string, version: 'v1' | 'v1alpha' = 'v1') {
    this.#client = new (definitionOf(version))(address, credentials.createInsecure());
  }

  async services(): Promise<string[]> {
    const answer = await this.#ask({ listServices: '' });
    return answer.listServicesResponse?.service.map(({ name }) => name) ?? [];
  }

  /** A service with everything its messages need. */
  async describe(service: string): Promise<{ service: DescService; registry: FileRegistry }> {
    const files = new Map<string, FileDescriptorProto>();
    const add = async (request: object): Promise<void> => {
      const answer = await this.#ask(request);
      if (answer.errorResponse) throw new Error(answer.errorResponse.errorMessage);
      for (const bytes of answer.fileDescriptorResponse?.fileDescriptorProto ?? []) {
        const file = fromBinary(FileDescriptorProtoSchema, bytes);
        files.set(file.name, file);
      }
    };
    await add({ fileContainingSymbol: service });
    // Servers may leave imports out; they are asked for by name.
    for (let missing = missingOf(files); missing.length > 0; missing = missingOf(files)) {
      for (const fileByFilename of missing) await add({ fileByFilename });
    }
    const set = create(FileDescriptorSetSchema, { file: inOrder(files) });
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, set)));
    const described = registry.getService(service);
    if (described === undefined) throw new Error(`${service} is not described`);
    return { service: described, registry };
  }

  #ask(request: object): Promise<ReflectionAnswer> {
    return new Promise((resolve, reject) => {
      const stream = this.#client.ServerReflectionInfo?.() as ClientDuplexStream<object, ReflectionAnswer>;
      stream.once('data', (answer: ReflectionAnswer) => {
        resolve(answer);
        stream.end();
      });
      stream.once('error', reject);
      stream.write(request);
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function missingOf(files: ReadonlyMap<string, FileDescriptorProto>): string[] {
  const wanted = new Set([...files.values()].flatMap(({ dependency }) => dependency));
  return [...wanted].filter((name) => !files.has(name));
}

/** Imports before the files that need them. */
function inOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto | undefined): void => {
    if (file === undefined || ordered.has(file)) return;
    for (const name of file.dependency) visit(files.get(name));
    ordered.add(file);
  };
  for (const file of files.values()) visit(file);
  return [...ordered];
}
