import { join } from 'node:path';
import { freePort } from '../../deploy/local/ports.ts';
import { postgresProgram, postgresUrl } from '../../deploy/local/postgres.ts';
import { runServer, type TestServer, temporaryFolder } from './server.ts';

/** A PostgreSQL server with an empty cluster of its own, on a free loopback port. */
export async function startPostgres(options: { durable?: boolean } = {}): Promise<TestServer> {
  const folder = await temporaryFolder('postgres');
  const port = await freePort();
  const program = await postgresProgram({ dataDir: join(folder, 'data'), port, durable: options.durable ?? false });
  return runServer(program, folder, port, postgresUrl(port));
}
