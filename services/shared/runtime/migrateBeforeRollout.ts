import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { type MigrateOptions, migrate } from '../database/migrate.ts';
import type { Migration } from '../database/migrationFiles.ts';
import { migrationsOf } from './migrations.ts';

/**
 * Migrates a database whose service may be running in the version before. What that version cannot live with is refused while it
 * is connected, before anything is applied: it has to be stopped first. No table is waited for so long that calls pile up behind it.
 */
export function migrateBeforeRollout(
  database: Database,
  service: string,
  folder = new URL(`../../${service}/migrations/`, import.meta.url),
  { lockTimeoutMs = 3_000 }: MigrateOptions = {},
): Promise<string[]> {
  return migrate(database, migrationsOf(service, folder), {
    lockTimeoutMs,
    before: (pending, client) => refuseWhileRunning(service, pending, client),
  });
}

async function refuseWhileRunning(service: string, pending: readonly Migration[], client: pg.Client): Promise<void> {
  const breaking = pending.filter(({ compatible }) => !compatible);
  if (breaking.length === 0) return;
  // Nothing was ever applied: what is connected is this version, which waits for its tables.
  const { rowCount } = await client.query('select 1 from migrations limit 1');
  if (rowCount === 0) return;
  const names = [`jangbu-${service}`, `jangbu-${service}-background`];
  const { rows } = await client.query(
    `select count(*)::int as connections from pg_stat_activity
     where datname = current_database() and application_name = any($1)`,
    [names],
  );
  if (rows[0]?.connections === 0) return;
  throw new Error(
    `${service} is running (${rows[0]?.connections} connections), and ${breaking.map(({ name }) => name).join(', ')} ` +
      'does not say that the version before can live with it: stop the service first',
  );
}
