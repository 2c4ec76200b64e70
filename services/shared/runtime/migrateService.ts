import { readEnvironment } from '../config/environment.ts';
import { type MigrationConfig, readMigrationConfig } from '../config/migration.ts';
import { Database } from '../database/database.ts';
import { createLogger } from '../telemetry/log.ts';
import { migrateBeforeRollout } from './migrateBeforeRollout.ts';
import { patiently } from './patiently.ts';
import { refuseSettings, refuseToStart } from './refuse.ts';

/** Some minutes: a first rollout makes the database's server, its databases and roles at the same time. */
const patience = { attempts: 200, forNew: true };

/** `node services/shared/runtime/migrateService.ts billing`: brings the service's database up to this version and ends. */
const args = process.argv.slice(2);
const { service, databaseUrl, logLevel } = settings();
try {
  const log = createLogger(service, logLevel);
  await using database = new Database(databaseUrl, { connections: 1, name: `jangbu-${service}-migration` });
  const applied = await patiently(log, 'database', () => migrateBeforeRollout(database, service), patience);
  log.info({ applied }, 'migrated');
} catch (error) {
  refuseToStart(service, error);
}

function settings(): MigrationConfig {
  try {
    return readEnvironment(process.env, (environment) => readMigrationConfig(environment, args));
  } catch (error) {
    return refuseSettings('migration', error);
  }
}
