import { readEnvironment } from '../config/environment.ts';
import { readMigrationConfig } from '../config/migration.ts';
import { Database } from '../database/database.ts';
import { createLogger } from '../telemetry/log.ts';
import { migrateBeforeRollout } from './migrateBeforeRollout.ts';

/** `node services/shared/runtime/migrateService.ts billing`: brings the service's database up to this version and ends. */
try {
  const { service, databaseUrl, logLevel } = readEnvironment(process.env, (environment) =>
    readMigrationConfig(environment, process.argv.slice(2)),
  );
  const log = createLogger(service, logLevel);
  await using database = new Database(databaseUrl, { connections: 1, name: `jangbu-${service}-migration` });
  const applied = await migrateBeforeRollout(database, service);
  log.info({ applied }, 'migrated');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 78;
}
