import type { MigrationSet } from '../database/migrate.ts';

/** What a service's database is made of: the tables of the four mechanisms, then the service's own. */
export function migrationsOf(service: string, folder: URL): MigrationSet[] {
  const shared = ['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({
    name: `shared/${name}`,
    folder: new URL(`../${name}/migrations`, import.meta.url),
  }));
  return [...shared, { name: service, folder }];
}
