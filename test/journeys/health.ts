import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** What a probe does: asks grpc.health.v1, and knows no file of ours. */
export class HealthClient implements Disposable {
  readonly #client: InstanceType<ServiceClientConstructor>;

  constructor(address: string) {
    const root = dirname(createRequire(import.meta.url).resolve('grpc-health-check/package.json'));
    const definition = loadSync(join(root, 'proto/health/v1/health.proto'), { enums: String, defaults: true });
    const loaded = loadPackageDefinition(definition) as unknown as {
      grpc: { health: { v1: { Health: ServiceClientConstructor } } };
    };
    this.#client = new loaded.grpc.health.v1.Health(address, credentials.createInsecure());
  }

  /** `SERVING` or `NOT_SERVING`; '' asks about the whole process. */
  check(service: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.Check?.({ service }, (error: ServiceError | null, answer?: { status: string }) =>
        answer === undefined ? reject(error) : resolve(answer.status),
      );
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
