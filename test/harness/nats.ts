import { join } from 'node:path';
import { natsProgram, natsUrl } from '../../deploy/local/nats.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { runServer, type TestServer, temporaryFolder } from './server.ts';

/** A NATS server with an empty JetStream store of its own, on a free loopback port. */
export async function startNats(): Promise<TestServer> {
  const folder = await temporaryFolder('nats');
  const port = await freePort();
  const program = await natsProgram({ storeDir: join(folder, 'jetstream'), port });
  return runServer(program, folder, port, natsUrl(port));
}
