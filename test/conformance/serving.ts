import type { DescService } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import type { Database } from '#shared/database/database';
import type { Authenticate } from '#shared/rpc/identity';
import type { Implementation } from '#shared/rpc/implement';
import { addServices } from '#shared/rpc/serve';
import { log } from './stage.ts';

/** Some methods of a service; the suites need no more of it. */
export function part(service: DescService, database: Database, handlers: Record<string, unknown>): Implementation {
  return { service, database, handlers };
}

export interface Serving extends AsyncDisposable {
  address: string;
}

/** Serves on a loopback port until disposed of. */
export async function serveOn(
  implementations: Implementation[],
  authenticate: Authenticate,
  port = 0,
): Promise<Serving> {
  const server = new grpc.Server();
  addServices(server, implementations, { authenticate, log });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, actual) =>
      error ? reject(error) : resolve(actual),
    );
  });
  return {
    address: `127.0.0.1:${bound}`,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
