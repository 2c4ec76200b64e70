import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDatabases, withDatabase } from '../../deploy/local/postgres.ts';

/** An empty database on the test run's server; dropped at the end of the `await using` block, else with the server. */
export interface FreshDatabase extends AsyncDisposable {
  url: string;
  name: string;
}

export async function freshDatabase(name: string): Promise<FreshDatabase> {
  const server = testDatabaseUrl();
  const unique = `${name.replaceAll(/[^a-z0-9]+/gi, '_').toLowerCase()}_${randomBytes(4).toString('hex')}`;
  await createDatabases(server, [unique]);
  return {
    url: withDatabase(server, unique),
    name: unique,
    [Symbol.asyncDispose]: async () => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(`drop database if exists ${client.escapeIdentifier(unique)} with (force)`);
      await client.end();
    },
  };
}

/** The server that the test run's global set-up has started. */
export function testDatabaseUrl(): string {
  return fromEnvironment('TEST_DATABASE_URL');
}

export function testNatsUrl(): string {
  return fromEnvironment('TEST_NATS_URL');
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the test by vitest with test/vitest.config.ts`);
  return value;
}
