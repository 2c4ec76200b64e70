import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.ts';

/** A folder of `0001_what.sql` files, applied in the order of their numbers. */
export interface MigrationSet {
  name: string;
  folder: URL;
}

interface Migration {
  number: number;
  name: string;
  sql: string;
}

/** The lock's key: any number, the same in every process. */
const lock = 7_469_001;

/**
 * Brings a database up to the code's schema. Forward only; each file is a transaction of its own together with its record.
 * The advisory lock lets concurrent starts wait for each other and vanishes with the process that
 * held it, so a killed migration leaves nothing to clean up. A schema newer than the code is refused.
 */
export async function migrate(database: Database, sets: MigrationSet[]): Promise<void> {
  const client = await database.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    await client.query(`create table if not exists migrations (
      set_name text not null, number int not null, name text not null, applied_at timestamptz not null default now(),
      primary key (set_name, number))`);
    for (const set of sets) {
      const migrations = await readMigrations(set);
      const { rows } = await client.query('select number, name from migrations where set_name = $1', [set.name]);
      const applied = new Map<number, string>(rows.map((row) => [row.number, row.name]));
      refuseNewer(set, migrations, applied);
      for (const migration of migrations.filter(({ number }) => !applied.has(number))) {
        await client.query('begin');
        await client.query(migration.sql);
        await client.query('insert into migrations (set_name, number, name) values ($1, $2, $3)', [
          set.name,
          migration.number,
          migration.name,
        ]);
        await client.query('commit');
      }
    }
  } finally {
    await client.end();
  }
}

async function readMigrations(set: MigrationSet): Promise<Migration[]> {
  const folder = fileURLToPath(set.folder);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const number = Number(/^(\d{4})_/.exec(file)?.[1]);
      if (!number) throw new Error(`${file}: a migration's name begins with four digits`);
      return {
        number,
        name: basename(file, '.sql'),
        sql: await readFile(`${folder}/${file}`, 'utf8'),
      };
    }),
  );
}

function refuseNewer(set: MigrationSet, migrations: Migration[], applied: Map<number, string>): void {
  const known = new Set(migrations.map(({ number }) => number));
  for (const [number, name] of applied) {
    if (!known.has(number)) {
      throw new Error(
        `The database has migration ${name} of ${set.name}, which this version does not know: it is too old`,
      );
    }
  }
}
