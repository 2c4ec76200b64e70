import type pg from 'pg';
import { backOff, sleep } from '../process/background.ts';
import type { Database } from './database.ts';
import { type Migration, type MigrationSet, readMigrations } from './migrationFiles.ts';

export type { MigrationSet } from './migrationFiles.ts';

export interface MigrateOptions {
  /** Of what is still to be applied, before any of it is. Throws to have nothing applied. */
  before?: (pending: readonly Migration[], client: pg.Client) => Promise<void>;
  /** How long a migration waits for a table that is in use before it lets everybody else go first; undefined for as long as it takes. */
  lockTimeoutMs?: number;
}

/** The lock's key: any number, the same in every process. */
const lock = 7_469_001;
/** With the waits between them: about four minutes of a table that is never free. */
const lockAttempts = 30;
const lockNotAvailable = '55P03';

/**
 * Brings a database up to the code's schema. Forward only; each file is a transaction of its own together with its record.
 * The advisory lock lets concurrent starts wait for each other and vanishes with the process that
 * held it, so a killed migration leaves nothing to clean up. A schema newer than the code is refused, unless what is newer says that
 * the version before it can go on. Answers with the names of what was applied.
 */
export async function migrate(
  database: Database,
  sets: MigrationSet[],
  options: MigrateOptions = {},
): Promise<string[]> {
  const client = await database.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    await client.query(`create table if not exists migrations (
      set_name text not null, number int not null, name text not null, applied_at timestamptz not null default now(),
      primary key (set_name, number));
      alter table migrations add column if not exists compatible boolean not null default false`);
    const pending: { set: MigrationSet; migration: Migration }[] = [];
    for (const set of sets) {
      const migrations = await readMigrations(set);
      const applied = await appliedOf(client, set);
      refuseNewer(set, migrations, applied);
      for (const migration of migrations) if (!applied.has(migration.number)) pending.push({ set, migration });
    }
    if (pending.length > 0)
      await options.before?.(
        pending.map(({ migration }) => migration),
        client,
      );
    for (const { set, migration } of pending) await applyPatiently(client, set, migration, options.lockTimeoutMs);
    return pending.map(({ migration }) => migration.name);
  } finally {
    await client.end();
  }
}

interface Applied {
  name: string;
  compatible: boolean;
}

async function appliedOf(client: pg.Client, set: MigrationSet): Promise<Map<number, Applied>> {
  const { rows } = await client.query('select number, name, compatible from migrations where set_name = $1', [
    set.name,
  ]);
  return new Map(rows.map(({ number, name, compatible }) => [number, { name, compatible }]));
}

async function applyPatiently(client: pg.Client, set: MigrationSet, migration: Migration, lockTimeoutMs = 0) {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('begin');
      // Whoever waits for a table keeps everybody who comes later from it as well.
      await client.query(`set local lock_timeout = ${Math.trunc(lockTimeoutMs)}`);
      await client.query(migration.sql);
      await client.query('insert into migrations (set_name, number, name, compatible) values ($1, $2, $3, $4)', [
        set.name,
        migration.number,
        migration.name,
        migration.compatible,
      ]);
      await client.query('commit');
      return;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      if ((error as { code?: string }).code !== lockNotAvailable || attempt >= lockAttempts) throw error;
      await sleep(backOff(attempt, 200, 5_000));
    }
  }
}

function refuseNewer(set: MigrationSet, migrations: Migration[], applied: Map<number, Applied>): void {
  const known = new Set(migrations.map(({ number }) => number));
  for (const [number, { name, compatible }] of applied) {
    if (!known.has(number) && !compatible) {
      throw new Error(
        `The database has migration ${name} of ${set.name}, which this version does not know: it is too old`,
      );
    }
  }
}
