import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { migrationsOf } from '#shared/runtime/migrations';

const own = (service: string) => new URL(`../../services/${service}/migrations/`, import.meta.url);

/** Makes a database what an earlier version of a service has left: without the service's migration of that number, and those behind it. */
export async function migrateBefore(database: Database, service: string, first: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'jangbu-migrations-'));
  try {
    for (const file of await readdir(own(service))) {
      if (file < first) await cp(new URL(file, own(service)), join(folder, file));
    }
    await migrate(database, migrationsOf(service, pathToFileURL(`${folder}/`)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Brings a database of a service up to date. */
export async function migrateFully(database: Database, service: string): Promise<void> {
  await migrate(database, migrationsOf(service, own(service)));
}
