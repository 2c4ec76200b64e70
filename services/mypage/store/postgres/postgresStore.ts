import type { Database } from '#shared/database/database';
import type { Store } from '../store.ts';
import { applyWrites } from './apply.ts';
import { findChange, readPage, readTimeline } from './read.ts';
import { dropTables, generationsOf, makeTables, onTables } from './tables.ts';
import { watchChanges } from './watch.ts';

/** Views in the service's own PostgreSQL: two tables a generation. */
export function postgresStore(database: Database): Store {
  return {
    kind: 'postgres',
    make: (generation) => database.transaction((tx) => makeTables(tx, generation)),
    drop: (generation) => dropTables(database, generation),
    generations: () => generationsOf(database),
    apply: (tx, generation, writes, announce) =>
      onTables(generation, () => applyWrites(tx, generation, writes, announce)),
    page: (generation, customerId) => onTables(generation, () => readPage(database, generation, customerId)),
    timeline: (generation, customerId, before, limit) =>
      onTables(generation, () => readTimeline(database, generation, customerId, before, limit)),
    find: (generation, { ref }) => onTables(generation, () => findChange(database, generation, ref)),
    watch: (generation, signal, listener) => watchChanges(database, generation, signal, listener),
  };
}
