import { randomBytes } from 'node:crypto';
import { serviceNames } from '#shared/config/service';

/** `node deploy/compose/secrets.ts > deploy/compose/.env`: every secret that the compose files ask for, made up. Keep the file: the databases do. */
const names = [
  'POSTGRES_PASSWORD',
  'KEYCLOAK_ADMIN_PASSWORD',
  'GRAFANA_ADMIN_PASSWORD',
  'DEVELOPER_PASSWORD',
  'SMOKE_CLIENT_SECRET',
  ...serviceNames.flatMap((name) => [`${name.toUpperCase()}_DB_PASSWORD`, `${name.toUpperCase()}_CLIENT_SECRET`]),
];

/** Letters and digits only: they stand in URLs and in JSON. */
const lines = names.map((name) => `${name}=${randomBytes(24).toString('hex')}`);
process.stdout.write(`${lines.join('\n')}\n`);
