import { serviceNames } from '#shared/config/service';
import { serviceDatabaseUrl } from './handle.ts';
import { dataDir, fail } from './place.ts';
import { postgresUrl } from './postgres.ts';
import { refillFromOutbox } from './refillOutbox.ts';
import { readPorts } from './state.ts';

const ports = readPorts(dataDir);
const server = process.env.DATABASE_URL || (ports && postgresUrl(ports.postgres));
if (!server) fail('the mesh was never started here; npm start does it, or DATABASE_URL names its server');

for (const service of serviceNames) {
  const events = await refillFromOutbox(serviceDatabaseUrl(server, service)).catch((cause: Error) =>
    fail(`${service}: ${cause.message || 'its database does not answer; is npm start running?'}`),
  );
  console.log(`${service.padEnd(13)} ${events.toLocaleString('en')} events to be published again`);
}
